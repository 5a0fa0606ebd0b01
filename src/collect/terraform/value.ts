/** A value that the source does not state, and why. */
export class Unknown {
  readonly reason: string;
  /** Addresses of resources that it comes from, without index where the source has none. */
  readonly references: readonly string[];

  constructor(reason: string, references: readonly string[] = []) {
    this.reason = reason;
    this.references = references;
  }
}

/** What an expression asks for is not there; `try` goes on to its next argument. */
export class Missing extends Unknown {}

/** YAML or JSON text that configuration builds from a value; parts of the value may be unknown. */
export class Encoded {
  readonly value: Value;

  constructor(value: Value) {
    this.value = value;
  }
}

export type Value = null | string | number | boolean | Unknown | Encoded | readonly Value[] | Values;

export interface Values {
  readonly [name: string]: Value;
}

export const isValues = (value: Value | undefined): value is Values =>
  value !== null &&
  typeof value === "object" &&
  !Array.isArray(value) &&
  !(value instanceof Unknown) &&
  !(value instanceof Encoded);

export const isList = (value: Value | undefined): value is readonly Value[] => Array.isArray(value);

/** The first unknown part of a value, at any depth; null where all of it is known. */
export function unknownIn(value: Value): Unknown | null {
  if (value instanceof Unknown) return value;
  if (value instanceof Encoded) return unknownIn(value.value);
  const parts = isList(value) ? value : isValues(value) ? Object.values(value) : [];
  for (const part of parts) {
    const unknown = unknownIn(part);
    if (unknown !== null) return unknown;
  }
  return null;
}

const LONGEST_TEXT = 300;

/**
 * A text fit to be shown: names, types, images and addresses. Credentials within an address and what follows a
 * question mark go; what spans lines or is longer than a name ever is, is no name.
 */
export function shownText(text: string): string | null {
  if (text.length > LONGEST_TEXT || /[\r\n]/.test(text)) return null;
  return text.replace(/\/\/[^/@\s]*@/, "//").replace(/\?.*$/, "");
}
