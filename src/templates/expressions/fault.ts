/** Why an expression cannot be used, and where in its text. Becomes an error with a code where the file is known. */
export class ExpressionFault extends Error {
  /** Characters from the start of the expression. */
  readonly offset: number;
  readonly found: string;
  readonly expected: string;

  constructor(offset: number, found: string, expected: string) {
    super(`character ${offset + 1}: found ${found}, expected ${expected}`);
    this.name = "ExpressionFault";
    this.offset = offset;
    this.found = found;
    this.expected = expected;
  }
}
