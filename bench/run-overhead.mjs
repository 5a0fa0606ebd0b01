// Prints how long a live run takes against the time that its calls alone would: calls x latency / concurrency.
// 100 samples, a baseline and 4 candidates, a server on this machine that answers after 200 ms. Limit: 1.2. Beside it
// stands a bare loop of the same calls, which shows how much of the rest is the machine's.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const SAMPLES = 100;
const CANDIDATES = ["a", "b", "c", "d"];
const CALLS = SAMPLES * (1 + CANDIDATES.length);
const LATENCY_MS = 200;
const CONCURRENCY = 8;
const LIMIT = 1.2;

const event = (value) => `data: ${JSON.stringify(value)}\n\n`;
const chunk = (delta, finish = null) => event({ choices: [{ index: 0, delta, finish_reason: finish }] });
const usage = { prompt_tokens: 20, completion_tokens: 1, total_tokens: 21 };
const ANSWER = `${chunk({ content: "yes" })}${chunk({}, "stop")}${event({ choices: [], usage })}data: [DONE]\n\n`;

if (process.argv[2] === "--bare") {
  await bareLoop(process.argv[3]);
  process.exit();
}

async function bareLoop(url) {
  let left = CALLS;
  const worker = async () => {
    for (; left > 0; ) {
      left -= 1;
      await (await fetch(url, { method: "POST", body: "{}" })).text();
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

async function timed(args, cwd) {
  const started = process.hrtime.bigint();
  const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "ignore", "inherit"] });
  const code = await new Promise((done) => child.on("exit", done));
  if (code !== 0) throw new Error(`${args[0]} exited with ${code}`);
  return Number(process.hrtime.bigint() - started) / 1e6;
}

let served = 0;
const server = createServer((request, response) => {
  request.resume().on("end", () => {
    setTimeout(() => {
      served += 1;
      response.writeHead(200, { "content-type": "text/event-stream" }).end(ANSWER);
    }, LATENCY_MS);
  });
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const host = `127.0.0.1:${server.address().port}`;

const folder = await mkdtemp(join(tmpdir(), "tokenop-overhead-"));
const prompts = Array.from({ length: SAMPLES }, (_, index) => ({
  id: `p${index}`,
  prompt: `Is ${index} a number?`,
  reference: "yes",
}));
await writeFile(join(folder, "prompts.jsonl"), prompts.map((line) => `${JSON.stringify(line)}\n`).join(""));

const args = [
  ...["run", "--input", "prompts.jsonl", "--baseline", "local/base", "--population", "samples", "--quiet"],
  ...["--candidates", CANDIDATES.map((name) => `local/${name}`).join(",")],
  ...["--provider", `local=http://${host}/v1`, "--yes-send-to", host, "--max-tokens-total", "10000000"],
  ...["--concurrency", `${CONCURRENCY}`],
];
const wallMs = await timed([MAIN, ...args], folder);
const servedToRun = served;
const bareMs = await timed([fileURLToPath(import.meta.url), "--bare", `http://${host}/v1`], folder);
server.close();
const results = await readFile(join(folder, "results.jsonl"), "utf8");
await rm(folder, { recursive: true });

const answers = results.trimEnd().split("\n").length;
if (servedToRun !== CALLS || answers !== CALLS)
  throw new Error(`${servedToRun} calls served and ${answers} results of ${CALLS}`);
const floorMs = (CALLS * LATENCY_MS) / CONCURRENCY;
const ratio = wallMs / floorMs;
const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;
console.log(
  `run overhead: ${CALLS} calls of ${LATENCY_MS} ms, ${CONCURRENCY} at once: ${seconds(wallMs)} against ${seconds(floorMs)}, ratio ${ratio.toFixed(3)} (limit ${LIMIT}); a bare loop of the same calls: ${seconds(bareMs)}`,
);
process.exitCode = ratio <= LIMIT ? 0 : 1;
