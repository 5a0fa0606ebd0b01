/** How a price list recognises a model name or a provider name; the vocabulary of @pydantic/genai-prices. */
export type MatchRule =
  | { readonly equals: string }
  | { readonly starts_with: string }
  | { readonly ends_with: string }
  | { readonly contains: string }
  | { readonly regex: string }
  | { readonly or: readonly MatchRule[] }
  | { readonly and: readonly MatchRule[] };

export type Matcher = (lowerCaseName: string) => boolean;

/** Turns a rule into a predicate over lower-case names. Regular expressions are used as written. */
export function compileRule(rule: MatchRule): Matcher {
  if ("equals" in rule) return literal(rule.equals, (name, text) => name === text);
  if ("starts_with" in rule) return literal(rule.starts_with, (name, text) => name.startsWith(text));
  if ("ends_with" in rule) return literal(rule.ends_with, (name, text) => name.endsWith(text));
  if ("contains" in rule) return literal(rule.contains, (name, text) => name.includes(text));
  if ("regex" in rule) {
    const expression = new RegExp(rule.regex);
    return (name) => expression.test(name);
  }
  const inner = ("or" in rule ? rule.or : rule.and).map(compileRule);
  return "or" in rule
    ? (name) => inner.some((matches) => matches(name))
    : (name) => inner.every((matches) => matches(name));
}

function literal(text: string, test: (name: string, text: string) => boolean): Matcher {
  const lowerCase = text.toLowerCase();
  return (name) => test(name, lowerCase);
}
