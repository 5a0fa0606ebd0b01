import { BODY_SECTIONS, type Template } from "../contract.js";
import type { ParsedTemplate } from "../load/parse-template.js";
import type { TemplateProblem } from "../problem.js";
import { Findings } from "./findings.js";

const BODY = "TOP-TEMPLATE-BODY";

/** Fewer words say nothing that a reader could act on. */
const LEAST_WORDS = 15;

const PLACEHOLDER = /\b(TODO|TBD|FIXME|XXX|lorem ipsum|coming soon)\b/i;

/** Figures that only reviews and implementations on file may give. */
const INVENTED = [
  /\b\d[\d,.]{0,15}\+?\s{1,3}(successful\s+)?(implementations?|deployments?|customers|adopters|installations)\b/i,
  /\b(success|adoption|satisfaction)\s+(rate|score|count)\s*(of|:|is)?\s*~?\d/i,
  /\b\d(\.\d)?\s*(\/\s*5|out of 5|stars?)\b/i,
  /\b(trusted|used|proven)\s+(by|at|in)\s+(over\s+)?\d/i,
  /[★⭐]/u,
];

interface Section {
  readonly heading: string;
  readonly line: number;
  readonly text: string;
}

/** Whether the prose is there, in order, says something, and invents no success. */
export function checkBody(parsed: ParsedTemplate): TemplateProblem[] {
  const findings = new Findings(parsed);
  checkSections(sectionsOf(parsed.template.body), findings);
  checkProse(parsed.template, findings);
  return findings.problems;
}

function checkSections(sections: readonly Section[], findings: Findings): void {
  let previous = -1;
  for (const wanted of BODY_SECTIONS) {
    const index = sections.findIndex(({ heading }) => heading === wanted);
    const section = sections[index];
    if (section === undefined) {
      const found = sections.map(({ heading }) => heading).join(", ") || "no second-level heading";
      findings.inBody(0, wanted, {
        code: BODY,
        message: "the section is missing",
        found,
        expected: `## ${wanted}`,
      });
      continue;
    }
    if (index < previous) {
      const message = "the section stands before one that should precede it";
      findings.inBody(section.line, wanted, {
        code: BODY,
        message,
        found: `## ${wanted}`,
        expected: `the order ${BODY_SECTIONS.join(", ")}`,
      });
    }
    previous = Math.max(previous, index);
    const words = section.text.split(/\s+/).filter((word) => /\w/.test(word)).length;
    if (words >= LEAST_WORDS) continue;
    const message = "the section says too little";
    findings.inBody(section.line, wanted, {
      code: BODY,
      message,
      found: `${words} words`,
      expected: `at least ${LEAST_WORDS}`,
    });
  }
}

function sectionsOf(body: string): Section[] {
  const lines = body.split("\n");
  const sections: Section[] = [];
  let isCode = false;
  let start = -1;
  const close = (end: number): void => {
    if (start < 0) return;
    const heading = lines[start]!.replace(/^##\s+/, "").trim();
    sections.push({ heading, line: start, text: lines.slice(start + 1, end).join("\n") });
  };
  for (const [index, line] of lines.entries()) {
    if (/^\s*(```|~~~)/.test(line)) isCode = !isCode;
    if (isCode || !/^##\s/.test(line)) continue;
    close(index);
    start = index;
  }
  close(lines.length);
  return sections;
}

function checkProse({ body, description, evidence }: Template, findings: Findings): void {
  for (const [line, text] of body.split("\n").entries()) {
    const placeholder = PLACEHOLDER.exec(text);
    if (placeholder !== null) {
      const message = "the text is not finished";
      findings.inBody(line, "body", {
        code: BODY,
        message,
        found: `"${placeholder[0]}"`,
        expected: "the text itself",
      });
    }
    const invented = inventedIn(text);
    if (invented !== null) findings.inBody(line, "body", unfounded(invented));
  }
  const fields = [
    { path: ["description"], text: description },
    ...evidence.map(({ claim }, index) => ({ path: ["evidence", index, "claim"], text: claim })),
  ];
  for (const { path, text } of fields) {
    const invented = inventedIn(text);
    if (invented !== null) findings.at(path, unfounded(invented));
  }
}

const inventedIn = (text: string): string | null =>
  INVENTED.map((pattern) => pattern.exec(text)?.[0]).find((found) => found !== undefined) ?? null;

const unfounded = (found: string) => ({
  code: "TOP-TEMPLATE-CLAIM",
  message: "success counts and ratings come from reviews on file only",
  found: `"${found}"`,
  expected: "a figure with its source, or none",
});
