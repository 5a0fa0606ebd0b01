import { mkdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../../../shared/artifact.js";
import { writeContent } from "../../../shared/workspace.js";
import type { ModelAnswer } from "../../contract.js";
import { fromStored, storedAnswerSchema, toStored } from "../../journal/answer-file.js";

/** Answers by the hash of the whole request, so that a repeat costs nothing. Content-bearing, owner-only files. */
export interface ResponseCache {
  find(request: unknown): Promise<ModelAnswer | null>;
  /**
   * Writes beside the run: the journal keeps an answer before anything depends on it, and what is lost here is only
   * paid again.
   */
  store(request: unknown, answer: ModelAnswer): void;
}

export function createResponseCache(cacheDir: string): ResponseCache {
  const folder = join(cacheDir, "answers");
  const fileOf = (request: unknown): string => join(folder, `${sha256(JSON.stringify(request))}.json`);
  const underWay = new Map<string, Promise<void>>();
  let isFolderThere: Promise<unknown> | null = null;
  const write = async (path: string, answer: ModelAnswer): Promise<void> => {
    isFolderThere ??= mkdir(folder, { recursive: true, mode: 0o700 });
    await isFolderThere;
    await writeContent(`${path}.tmp`, JSON.stringify(toStored(answer)));
    await rename(`${path}.tmp`, path);
  };
  return {
    find: async (request) => {
      const path = fileOf(request);
      await underWay.get(path);
      const text = await readFile(path, "utf8").catch(() => null);
      if (text === null) return null;
      const stored = storedAnswerSchema.safeParse(parseOrNull(text));
      // A damaged entry is only a call paid again.
      return stored.success ? { ...fromStored(stored.data), cached: true } : null;
    },
    store: (request, answer) => {
      const path = fileOf(request);
      const done = write(path, answer)
        .catch(() => undefined)
        .finally(() => underWay.delete(path));
      underWay.set(path, done);
    },
  };
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
