/** An SQL string literal. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** An SQL identifier, quoted. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** `['a', 'b']` as the engine's table functions take lists of files. */
export const fileList = (paths: readonly string[]): string => `[${paths.map(literal).join(", ")}]`;
