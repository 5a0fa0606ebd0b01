import { mkdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../../../shared/artifact.js";
import { writeContent } from "../../../shared/workspace.js";
import type { ModelAnswer } from "../../contract.js";
import { fromStored, storedAnswerSchema, toStored } from "../../journal/answer-file.js";

/** Answers by the hash of the whole request, so that a repeat costs nothing. Content-bearing, owner-only files. */
export interface ResponseCache {
  find(request: unknown): Promise<ModelAnswer | null>;
  store(request: unknown, answer: ModelAnswer): Promise<void>;
}

export function createResponseCache(cacheDir: string): ResponseCache {
  const folder = join(cacheDir, "answers");
  const fileOf = (request: unknown): string => join(folder, `${sha256(JSON.stringify(request))}.json`);
  return {
    find: async (request) => {
      const text = await readFile(fileOf(request), "utf8").catch(() => null);
      if (text === null) return null;
      const stored = storedAnswerSchema.safeParse(parseOrNull(text));
      // A damaged entry is only a call paid again.
      return stored.success ? { ...fromStored(stored.data), cached: true } : null;
    },
    store: async (request, answer) => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const path = fileOf(request);
      await writeContent(`${path}.tmp`, JSON.stringify(toStored(answer)));
      await rename(`${path}.tmp`, path);
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
