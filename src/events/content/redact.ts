import {
  passesBsn,
  passesCpf,
  passesDni,
  passesIban,
  passesLuhn,
  passesNir,
  passesVerhoeff,
} from "./check-digits.js";

/** What is found in text and replaced by `[kind]`. */
export const REDACTED_KINDS = ["key", "email", "card", "iban", "nationalId", "phone"] as const;
export type RedactedKind = (typeof REDACTED_KINDS)[number];

export type Redactions = Readonly<Record<RedactedKind, number>>;

interface Pattern {
  readonly kind: RedactedKind;
  /** Matches what is replaced; where a group is named `value`, that group alone is. */
  readonly find: RegExp;
  /** Check digits and the like, where the format has them: without, every long number would go. */
  readonly holds?: (match: string) => boolean;
}

const markOf = (kind: RedactedKind): string => (kind === "nationalId" ? "[national id]" : `[${kind}]`);

const digitsOf = (text: string): string => text.replaceAll(/\D/g, "");

/**
 * In the order in which they are applied: what is longer and surer first, so that a card is not taken for a phone.
 * Formats: vendors' documented key prefixes; RFC 7519 (JWT), RFC 7468 (PEM), RFC 5321 (e-mail), ISO/IEC 7812 (cards),
 * ISO 13616 (IBAN), E.164 (phone), and the national identifiers named beside each. docs/guide/privacy.md lists them.
 */
const PATTERNS: readonly Pattern[] = [
  {
    kind: "key",
    find: /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  },
  { kind: "key", find: /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g },
  {
    kind: "key",
    find: /\b(?:sk|pk|rk|xai|gsk|hf|r8|dapi|ls__|lsv2|phx|phc|glpat|npm|dop_v1|shpat)[-_]?[\w-]{20,}/g,
  },
  { kind: "key", find: /\b(?:ghp|gho|ghu|ghs|ghr|github_pat)_\w{20,}/g },
  { kind: "key", find: /\bxox[abeoprs]-[\w-]{10,}/g },
  { kind: "key", find: /\b(?:AKIA|ASIA|AGPA|AROA|AIDA)[A-Z0-9]{16}\b/g },
  { kind: "key", find: /\bAIza[\w-]{35}/g },
  { kind: "key", find: /\bBearer\s+(?<value>[\w.~+/-]{16,}=*)/gi },
  { kind: "key", find: /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:(?<value>[^\s/@]+)@/gi },
  {
    kind: "key",
    find: /\b(?:api[_-]?key|secret|token|password|passwd|pwd|access[_-]?key)["']?\s*[:=]\s*["']?(?<value>[^\s"',;]{6,})/gi,
  },
  { kind: "email", find: /[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z\d](?:[a-z\d-]{0,62}\.)+[a-z]{2,24}\b/gi },
  { kind: "iban", find: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{1,4}){3,8}\b/gi, holds: passesIban },
  // France (NIR): longer than a card and as likely to pass its checksum.
  {
    kind: "nationalId",
    find: /\b[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}\b/gi,
    holds: passesNir,
  },
  {
    kind: "card",
    find: /(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.]*\d)/g,
    holds: (match) => /^[2-6]/.test(match) && passesLuhn(digitsOf(match)),
  },
  // United States (SSN), United Kingdom (NINO), Spain (DNI, NIE), Italy (codice fiscale), Brazil (CPF),
  // India (Aadhaar), Canada (SIN), the Netherlands (BSN, only where it is named: nine digits alone are anything).
  { kind: "nationalId", find: /\b(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}\b/g },
  {
    kind: "nationalId",
    find: /\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b/g,
  },
  { kind: "nationalId", find: /\b(?:\d{8}|[XYZ]\d{7})[A-HJ-NP-TV-Z]\b/g, holds: passesDni },
  { kind: "nationalId", find: /\b[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b/g },
  {
    kind: "nationalId",
    find: /\b\d{3}\.\d{3}\.\d{3}-\d{2}\b/g,
    holds: (match) => passesCpf(digitsOf(match)),
  },
  {
    kind: "nationalId",
    find: /\b[2-9]\d{3} \d{4} \d{4}\b/g,
    holds: (match) => passesVerhoeff(digitsOf(match)),
  },
  {
    kind: "nationalId",
    find: /\b\d{3}[ -]\d{3}[ -]\d{3}\b(?![ -]?\d)/g,
    holds: (match) => passesLuhn(digitsOf(match)),
  },
  { kind: "nationalId", find: /\b(?:BSN|burgerservicenummer)\D{0,12}(?<value>\d{9})\b/gi, holds: passesBsn },
  // With a country code, or grouped as numbers are written; plain runs of digits are more often ids than phones.
  {
    kind: "phone",
    find: /(?<![\w+])(?:\+|00)[1-9]\d{0,2}[ .-]?(?:\(0?\d{1,4}\)[ .-]?)?\d(?:[ .-]?\d){5,12}(?!\w)/g,
  },
  { kind: "phone", find: /(?<![\w.])\(?[2-9]\d{2}\)?[ .-][2-9]\d{2}[ .-]\d{4}(?![\w])/g },
];

/** Text without keys, addresses, numbers of cards, accounts, persons and phones; `count` is told of each. */
export function redactText(text: string, count: (kind: RedactedKind) => void): string {
  let result = text;
  for (const { kind, find, holds } of PATTERNS) {
    result = result.replace(find, (match: string, ...rest: unknown[]) => {
      const groups = rest.at(-1);
      const named = typeof groups === "object" ? (groups as { value?: string } | null)?.value : undefined;
      const found = named ?? match;
      if (found.startsWith("[") || (holds !== undefined && !holds(found))) return match;
      count(kind);
      return named === undefined ? markOf(kind) : match.replace(named, markOf(kind));
    });
  }
  return result;
}

/** As `redactText`, over every text within a value: messages, parts of messages, tool calls. Keys stay. */
export function redactValue<T>(value: T, count: (kind: RedactedKind) => void): T {
  if (typeof value === "string") return redactText(value, count) as T;
  if (Array.isArray(value)) return value.map((item) => redactValue(item, count)) as T;
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, redactValue(inner, count)]),
  ) as T;
}

/** The text of one call, as collectors give it. */
export interface CallContent {
  readonly eventId: string;
  readonly messages?: readonly unknown[];
  readonly prompt?: string;
  readonly response?: string;
  readonly model?: string;
  readonly intent?: string;
  /** What was replaced in it, by kind; absent while it is as it was read. */
  readonly redactions?: Redactions;
}

export const noRedactions = (): Record<RedactedKind, number> =>
  Object.fromEntries(REDACTED_KINDS.map((kind) => [kind, 0])) as Record<RedactedKind, number>;

/** A call's text as it may be written down. Names of models and intents are no text of the call and stay. */
export function redactCall({ messages, prompt, response, ...rest }: CallContent): CallContent {
  const redactions = noRedactions();
  const text = { messages, prompt, response };
  const kept = redactValue(text, (kind) => {
    redactions[kind] += 1;
  });
  const said = Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined));
  return { ...rest, ...said, redactions };
}
