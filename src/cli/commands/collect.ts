import { InvalidArgumentError } from "commander";
import { type CommonOptions, createContext, emit, type Register, withCommonOptions } from "../session.js";

interface Options extends CommonOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly dir: string;
}

const EXAMPLES = `
Examples:
  tokenop collect otel --listen 127.0.0.1:4318      until Ctrl-C; then: tokenop discover
  OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 my-app`;

export const registerCollect: Register = (program, host) => {
  const collect = withCommonOptions(program.command("collect"))
    .description("receive usage as it happens; discover reads what was received")
    .addHelpText("after", EXAMPLES);
  withCommonOptions(collect.command("otel"))
    .description("receive OpenTelemetry GenAI spans over OTLP/HTTP, keep model calls without their text")
    .option(
      "--listen <address>",
      "host and port; other hosts than this machine's can then send",
      parseAddress,
      {
        host: "127.0.0.1",
        port: 4318,
      },
    )
    .option("--dir <folder>", "workspace", ".")
    .addHelpText("after", EXAMPLES)
    .action(async ({ listen, dir, ...options }: Options) => {
      const { receiveOtel } = await import("../../pipeline.js");
      const context = createContext(options, host);
      const counts = await receiveOtel({ dir, ...listen }, context, (url) =>
        context.log.info(`Listening on ${url}/v1/traces. End with Ctrl-C.`),
      );
      emit(options, {
        json: {
          calls: counts.calls,
          other_spans: counts.otherSpans,
          rejected_spans: counts.rejectedSpans,
        },
        text: `Received ${counts.calls} model calls, ${counts.otherSpans} other spans; ${counts.rejectedSpans} rejected.`,
        next: `tokenop discover --dir ${dir}`,
      });
    });
};

/** `host:port`, or a port of this machine. */
function parseAddress(text: string): Options["listen"] {
  const match = /^(?:(.+):)?(\d{1,5})$/.exec(text);
  const number = Number(match?.[2]);
  if (match === null || number > 65_535)
    throw new InvalidArgumentError("Expected host:port, such as 127.0.0.1:4318.");
  return { host: match[1]?.replace(/^\[|\]$/g, "") ?? "127.0.0.1", port: number };
}
