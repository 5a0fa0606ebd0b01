import type { Template } from "../contract.js";
import type { ParsedTemplate } from "../load/parse-template.js";
import type { TemplateProblem } from "../problem.js";
import { Findings } from "./findings.js";

const COMMAND = "TOP-TEMPLATE-COMMAND";

/** What every POSIX shell has, or a runner sets. */
const ALWAYS_SET = new Set([
  "HOME",
  "PATH",
  "PWD",
  "USER",
  "TMPDIR",
  "SHELL",
  "LANG",
  "HOSTNAME",
  "OLDPWD",
  "IFS",
]);

interface Command {
  readonly path: readonly PropertyKey[];
  readonly text: string;
}

type Maybe = Omit<Command, "text"> & { readonly text: string | null };

/** Whether whoever applies the template can know what each step does and needs. */
export function checkSteps(parsed: ParsedTemplate): TemplateProblem[] {
  const findings = new Findings(parsed);
  const { template } = parsed;
  checkNames(template, findings);
  checkVariables(template, findings);
  return findings.problems;
}

function checkNames({ implementation, monitoring }: Template, findings: Findings): void {
  const lists = [
    {
      path: ["implementation", "automated_steps"],
      key: "step_id",
      names: implementation.automatedSteps.map((step) => step.stepId),
    },
    {
      path: ["implementation", "variables"],
      key: "name",
      names: implementation.variables.map(({ name }) => name),
    },
    {
      path: ["monitoring", "key_metrics"],
      key: "name",
      names: monitoring.keyMetrics.map(({ name }) => name),
    },
  ];
  for (const { path, key, names } of lists) {
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) === index) continue;
      const message = "the name is taken";
      findings.at([...path, index, key], {
        code: COMMAND,
        message,
        found: `"${name}" again`,
        expected: "a name of its own",
      });
    }
  }
}

function checkVariables({ implementation }: Template, findings: Findings): void {
  const commands = commandsOf(implementation);
  const declared = new Set(implementation.variables.map(({ name }) => name));
  const assigned = new Set(commands.flatMap(({ text }) => assignedIn(text)));
  for (const { path, text } of commands) {
    for (const { name, index } of readIn(text)) {
      if (declared.has(name) || assigned.has(name) || ALWAYS_SET.has(name)) continue;
      findings.at(
        path,
        {
          code: COMMAND,
          message: `the command reads $${name}, which is explained nowhere`,
          found: `$${name}`,
          expected: `an entry of implementation.variables, such as { name: ${name}, description: ..., example: ... }`,
        },
        index,
      );
    }
  }
  const everything = commands.map(({ text }) => text).join("\n");
  for (const [index, { name }] of implementation.variables.entries()) {
    // Some commands take a variable by its name alone, such as env(NAME) or strenv(NAME).
    if (new RegExp(`\\b${name}\\b`).test(everything)) continue;
    const message = "the variable is read by no command";
    findings.at(["implementation", "variables", index, "name"], {
      code: COMMAND,
      message,
      found: `"${name}"`,
      expected: "a command that reads it",
    });
  }
}

function commandsOf({ prerequisites, automatedSteps }: Template["implementation"]): Command[] {
  const before: Maybe[] = prerequisites.map(({ validationCommand }, index) => ({
    path: ["implementation", "prerequisites", index, "validation_command"],
    text: validationCommand,
  }));
  const steps = automatedSteps.flatMap(({ commands, validation, rollbackCommand }, index): Maybe[] => {
    const path = ["implementation", "automated_steps", index];
    return [
      ...commands.map((text, position) => ({ path: [...path, "commands", position], text })),
      { path: [...path, "validation", "command"], text: validation.command },
      { path: [...path, "rollback_command"], text: rollbackCommand },
    ];
  });
  return [...before, ...steps].filter((command): command is Command => command.text !== null);
}

/** What the shell itself expands; in single quotes it is some other language's, such as awk's $NF. */
const readIn = (text: string): { readonly name: string; readonly index: number }[] =>
  [...withoutSingleQuotes(text).matchAll(/(?<!\\)\$\{?([A-Z][A-Z0-9_]*)\b/g)].map((match) => ({
    name: match[1]!,
    index: match.index,
  }));

/** The text with what stands in single quotes blanked out, each character in its place. */
function withoutSingleQuotes(text: string): string {
  let quote = "";
  return [...text]
    .map((character, index, all) => {
      const isEscaped = all[index - 1] === "\\" && quote !== "'";
      if ((character === "'" || character === '"') && !isEscaped && (quote === "" || quote === character)) {
        quote = quote === "" ? character : "";
        return character;
      }
      return quote === "'" ? " " : character;
    })
    .join("");
}

const assignedIn = (text: string): string[] =>
  [
    ...text.matchAll(
      /(?:^|[\s;&|(])(?:export\s+|read\s+(?:-r\s+)?|for\s+)?([A-Z][A-Z0-9_]*)(?==|\s+in\s|\s*$)/gm,
    ),
  ].map(([, name]) => name!);
