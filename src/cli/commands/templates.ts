import { type Command, Option } from "commander";
import type { TemplateLayer } from "../../templates/contract.js";
import { type CommonOptions, emit, fail, type Register, withCommonOptions } from "../session.js";

interface Options extends CommonOptions {
  readonly templatesDir?: string;
  readonly category?: string;
  readonly layer?: string;
}

const LAYERS: (TemplateLayer | "cross")[] = ["application", "serving", "infrastructure", "cross"];
const OWN = "templates of your own beside the shipped ones; an equal id replaces";
const EXAMPLES = `
Examples:
  tokenop templates list --layer serving
  tokenop templates info prompt-caching
  tokenop templates lint my-templates/`;

export const registerTemplates: Register = (program, host) => {
  const templates = withFilters(program.command("templates"))
    .description("the catalogue of proven changes: list, search, info, lint")
    .addHelpText("after", EXAMPLES)
    .action((options: Options) => list(options));
  withFilters(templates.command("list"))
    .description("every template, or those of a layer or category")
    .action((options: Options) => list(options));
  withFilters(templates.command("search <text...>"))
    .description("templates in which every word occurs, best match first")
    .action((words: string[], options: Options) => list(options, words.join(" ")));
  withFolder(templates.command("info <id>"))
    .description("one template: where it applies, what it saves and costs, how to apply and undo it")
    .action(info);
  withFolder(templates.command("lint [path...]"))
    .description(
      "check templates: format, arithmetic, claims, sources, references; exit code 2 where any fails",
    )
    .action(async (paths: string[], options: Options) => {
      const { lintTemplates } = await import("../../pipeline.js");
      const { lintJson, lintShortfall, renderLint } = await import("../render/templates.js");
      const result = await lintTemplates({ paths, templatesDir: options.templatesDir });
      emit(options, { json: lintJson(result), text: renderLint(result) });
      const shortfall = lintShortfall(result);
      if (shortfall !== null) fail(shortfall, host);
    });
};

function withFolder(command: Command): Command {
  return withCommonOptions(command).option("--templates-dir <folder>", OWN);
}

function withFilters(command: Command): Command {
  return withFolder(command)
    .option("--category <name>", "only this category, such as caching, routing, engine or capacity")
    .addOption(new Option("--layer <name>", "only this layer; cross: two or more").choices(LAYERS));
}

async function list(options: Options, search?: string): Promise<void> {
  const { listTemplates } = await import("../../pipeline.js");
  const { listJson, renderList } = await import("../render/templates.js");
  const entries = await listTemplates({ ...options, search });
  emit(options, {
    json: listJson(entries),
    text: renderList(entries, search),
    next:
      entries[0] === undefined
        ? "tokenop templates list"
        : `tokenop templates info ${entries[0].template.id}`,
  });
}

async function info(id: string, options: Options): Promise<void> {
  const { findTemplate } = await import("../../pipeline.js");
  const { infoJson, renderInfo } = await import("../render/templates.js");
  const entry = await findTemplate(id, options);
  emit(options, {
    json: infoJson(entry),
    text: renderInfo(entry),
    next: `tokenop calculate-roi --template ${id}`,
  });
}
