import { createReadStream } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { CONTENT_MODE } from "../../shared/workspace.js";
import { type CallContent, noRedactions, REDACTED_KINDS, type Redactions, redactCall } from "./redact.js";

export interface ContentCounts {
  readonly records: number;
  readonly redactions: Redactions;
}

/**
 * Writes prompts.jsonl, redacted, readable by its owner only. The file appears whole, when it is closed; one line a
 * call, the first where a call comes twice.
 */
export class ContentFile {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #seen = new Set<string>();
  readonly #redactions = noRedactions();
  #records = 0;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** With `append`, what the file holds stays and is not written again. */
  static async open(path: string, append: boolean): Promise<ContentFile> {
    const temporary = `${path}.tmp`;
    await rm(temporary, { force: true });
    const content = new ContentFile(path, await open(temporary, "ax", CONTENT_MODE));
    if (append) await content.#copyFormer();
    return content;
  }

  async #copyFormer(): Promise<void> {
    const exists = await open(this.#path).then(
      (file) => file.close().then(() => true),
      () => false,
    );
    if (!exists) return;
    for await (const line of createInterface({ input: createReadStream(this.#path) })) {
      const { event_id: id } = JSON.parse(line) as { event_id?: string };
      if (id !== undefined) this.#seen.add(id);
      await this.#file.write(`${line}\n`);
    }
  }

  async keep(records: readonly CallContent[]): Promise<void> {
    let text = "";
    for (const record of records) {
      if (this.#seen.has(record.eventId)) continue;
      this.#seen.add(record.eventId);
      this.#records += 1;
      // Collectors' text is redacted as it is read; what was not is redacted here, at the latest.
      const { redactions, eventId, ...call } = record.redactions === undefined ? redactCall(record) : record;
      for (const kind of REDACTED_KINDS) this.#redactions[kind] += redactions?.[kind] ?? 0;
      text += `${JSON.stringify({ event_id: eventId, ...call })}\n`;
    }
    await this.#file.write(text);
  }

  /** Puts the file in its place. */
  async close(): Promise<ContentCounts> {
    await this.#file.close();
    await rename(`${this.#path}.tmp`, this.#path);
    return { records: this.#records, redactions: this.#redactions };
  }

  /** Leaves what was there as it was. */
  async discard(): Promise<void> {
    await this.#file.close();
    await rm(`${this.#path}.tmp`, { force: true });
  }
}
