import { BrokenReply, SilentTooLong } from "../live/wire.js";

/**
 * The JSON lines of a response, each as it comes, so that an answer is kept before the next one is read.
 *
 * @throws BrokenReply for a line that is not JSON, SilentTooLong where nothing comes for `timeoutMs`; what fetch throws
 * where the connection goes.
 */
export async function* readJsonLines(response: Response, timeoutMs: number): AsyncGenerator<unknown> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  const decoder = new TextDecoder();
  let rest = "";
  let isSilent = false;
  const watchdog = setTimeout(() => {
    isSilent = true;
    reader.cancel().catch(() => undefined);
  }, timeoutMs);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (isSilent) throw new SilentTooLong();
      if (done) break;
      watchdog.refresh();
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop()!;
      for (const line of lines) if (line.trim() !== "") yield parsed(line);
    }
    // Without its line end the last one may have been cut; if it parses, it is whole.
    rest += decoder.decode();
    if (rest.trim() !== "") yield parsed(rest);
  } finally {
    clearTimeout(watchdog);
    // Whoever stops reading early leaves no connection behind.
    reader.cancel().catch(() => undefined);
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new BrokenReply("not JSON");
  }
}
