import type { GraderInfo } from "../../pipeline.js";

const ID_WIDTH = 18;

/** One paragraph a grader: what it scores, then its options with their defaults. */
export function renderGraders(graders: readonly GraderInfo[]): string {
  return graders.map(paragraph).join("\n");
}

function paragraph({ id, summary, executes, options }: GraderInfo): string {
  const lines = options.map((option) => {
    const absent = option.required ? "required" : "optional";
    const value = option.default === undefined ? absent : JSON.stringify(option.default);
    return `${" ".repeat(ID_WIDTH)}${option.name} (${value}): ${option.description}`;
  });
  const flag = executes ? " Needs --allow-exec." : "";
  return [`${id.padEnd(ID_WIDTH)}${summary}${flag}`, ...lines].join("\n");
}
