import { UsageError } from "../../shared/errors.js";
import { type Register, withCommonOptions } from "../session.js";

export const registerSchema: Register = (program) => {
  withCommonOptions(program.command("schema [name]"))
    .description("print the JSON Schema of a --json output or a file; without a name, list them")
    .addHelpText(
      "after",
      "\nExamples:\n  tokenop schema event\n  tokenop schema plan.yaml > plan.schema.json",
    )
    .action(async (name: string | undefined, options: { json?: boolean }) => {
      const { jsonSchemaOf, publishedSchemas } = await import("../schemas.js");
      if (name === undefined) {
        const text = options.json
          ? JSON.stringify(
              publishedSchemas.map((entry) => ({ name: entry.name, describes: entry.describes })),
            )
          : publishedSchemas.map((entry) => `${entry.name.padEnd(22)} ${entry.describes}`).join("\n");
        process.stdout.write(`${text}\n`);
        return;
      }
      const asked = name.toLowerCase();
      // `policy` means policy.yaml; `plan` means what the command prints, which has the name to itself.
      const wanted =
        publishedSchemas.find((entry) => entry.name === asked) ??
        publishedSchemas.find((entry) => entry.name.replace(/\.[a-z]+$/, "") === asked);
      if (wanted === undefined) {
        throw new UsageError({
          code: "TOP-SCHEMA-UNKNOWN",
          message: `There is no schema named "${name}".`,
          found: `Known: ${publishedSchemas.map((entry) => entry.name).join(", ")}.`,
          fix: "List them: tokenop schema",
        });
      }
      process.stdout.write(`${JSON.stringify(jsonSchemaOf(wanted), null, 2)}\n`);
    });
};
