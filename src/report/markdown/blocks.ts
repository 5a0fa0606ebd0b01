/** A section of bullet points; nothing where there are none. */
export const list = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`## ${title}`, lines.map((line) => `- ${escapeMarkdown(line)}`).join("\n")];

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map((row) => line(row.map(escapeMarkdown)))].join(
    "\n",
  );
}

/** User text stays text: no markup, no links, no new table cells or lines. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/\s+/g, (space) => (/[\r\n]/.test(space) ? " " : space))
    .replaceAll(/[\\`*_[\]|]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
