/** The engine's decimal text without zeros that say nothing: `1.500000` is `1.5`, `-0.000` is `0`. */
export function withoutTrailingZeros(decimal: string): string {
  const short = decimal.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
  return short === "-0" ? "0" : short;
}
