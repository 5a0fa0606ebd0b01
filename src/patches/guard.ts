/**
 * How a certified route goes live. Assumed, not measured: a tenth is enough to see a fault within hours and little
 * enough that it harms few; teams change it in the file.
 */
export const CANARY_SHARE = 0.1;

/** Conditions that undo a route, in words that fit any monitoring; `margin` in points. */
export const rollBackWhen = (margin: string): string[] => [
  `graded quality of routed answers falls more than ${margin} points below the baseline over a day`,
  "errors and timeouts on the route exceed the baseline's by 1 point for 30 minutes",
  "p95 latency on the route exceeds 1.5 times the baseline's for 30 minutes",
];

export const SIMULATED_NOTE = "SIMULATED: made from a simulation, for study. Never put it into production.";

/** What files say first of actions that nothing certifies, and why not. */
export function uncertifiedLines(reasons: ReadonlyMap<string, string>, actions: readonly string[]): string[] {
  return [
    "UNCERTIFIED: this may lose quality. Nothing here is shown to keep it; never merge it as it is.",
    ...actions.map((id) => `UNCERTIFIED ${onOneLine(id)}: ${onOneLine(reasons.get(id) ?? "", 300)}`),
  ];
}

/** User text on one line of a comment or a sentence: no line breaks, no control characters, not endless. */
export function onOneLine(text: string, length = 100): string {
  const line = text.replaceAll(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}

/** Loss tolerance in points, `2` or `0.5`. */
export const points = (margin: number): string => `${Number((margin * 100).toFixed(2))}`;

/** What the policy wants approved before the file is put in place, one line an action; none where nobody is asked. */
export function approvalLines(
  actions: readonly { readonly id: string; readonly approvals: readonly string[] }[],
): string[] {
  return actions
    .filter(({ approvals }) => approvals.length > 0)
    .map(
      ({ id, approvals }) =>
        `${onOneLine(id)}: approval by ${approvals.map((by) => onOneLine(by)).join(", ")}`,
    );
}
