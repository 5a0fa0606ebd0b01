/** Markup that is safe to write as it stands. Only `html` and `trusted` make it. */
export class Html {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
}

export type Slot = Html | string | number | null | undefined | false | readonly Slot[];

/** Escapes every slot that is not already `Html`; safe in text and in double-quoted attributes. */
export function html(strings: TemplateStringsArray, ...slots: Slot[]): Html {
  return new Html(strings.reduce((text, piece, index) => `${text}${markupOf(slots[index - 1])}${piece}`));
}

/** For markup of our own making only: the style sheet and the serialised charts. */
export const trusted = (markup: string): Html => new Html(markup);

function markupOf(slot: Slot): string {
  if (slot === null || slot === undefined || slot === false) return "";
  if (slot instanceof Html) return slot.markup;
  if (typeof slot === "string" || typeof slot === "number") return escapeText(`${slot}`);
  return slot.map(markupOf).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export const escapeText = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (letter) => ENTITIES[letter]!);
