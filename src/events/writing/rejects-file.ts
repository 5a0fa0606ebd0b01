import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import type { Problem } from "../contract.js";
import type { Position, ProblemSink } from "../staging/problem-log.js";

/**
 * rejects.jsonl: where each rejected record lies and why, never what it says. The file exists only where something
 * was rejected.
 */
export class RejectsFile implements ProblemSink {
  private readonly path: string;
  private stream: WriteStream | null = null;

  constructor(path: string) {
    this.path = path;
  }

  async begin(): Promise<void> {
    await rm(this.path, { force: true });
  }

  async write(problem: Problem, position: Position | null): Promise<void> {
    this.stream ??= createWriteStream(this.path);
    const { file, line, field, code, message } = problem;
    const where = position === null ? {} : { byte_offset: position.offset, byte_length: position.bytes };
    const text = JSON.stringify({ file, line, field, code, message, ...where });
    if (!this.stream.write(`${text}\n`)) await once(this.stream, "drain");
  }

  async end(): Promise<void> {
    if (this.stream === null) return;
    this.stream.end();
    await once(this.stream, "finish");
  }
}
