// A name that a program gave, not a sentence.
const NAME = "^[A-Za-z_][A-Za-z0-9_.]{0,63}$";
const TEXTLESS = ["BOOLEAN", "BIGINT", "UBIGINT", "DOUBLE"].map((type) => `'${type}'`).join(", ");

/**
 * What is kept of `attributes`: numbers and truth values under plain names. Labels are the source's own, so text among
 * them could be a prompt, and events are not among the files that may hold one. Nothing left is null.
 */
export const HARMLESS_LABELS = harmlessLabels();

function harmlessLabels(): string {
  const value = `json_extract(attributes, '$."' || label || '"')`;
  // Names first, by themselves: AND does not keep the second test from seeing a name that breaks its path.
  const named = `list_filter(json_keys(attributes), lambda label: regexp_matches(label, '${NAME}'))`;
  const kept = `list_filter(${named}, lambda label: json_type(${value}) IN (${TEXTLESS}))`;
  const members = `list_transform(${kept}, lambda label: '"' || label || '":' || ${value})`;
  return `CASE WHEN attributes IS NOT NULL AND json_type(attributes) = 'OBJECT'
    THEN nullif('{' || array_to_string(${members}, ',') || '}', '{}') END`;
}
