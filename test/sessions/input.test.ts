import { readdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { type CliResult, temporaryFolder, tokenop } from "../support/cli.js";
import { allText, asCsv, asJsonl, exportRows, layOut, logged } from "../support/logs.js";
import { schemaProblems } from "../support/session.js";

interface Counts {
  readonly read: number;
  readonly valid: number;
  readonly rejected: number;
  readonly duplicate: number;
}

interface Discovered extends Counts {
  readonly files: readonly (Counts & { readonly file: string; readonly format: string })[];
  readonly span: { readonly first: string; readonly last: string } | null;
  readonly cost_usd: {
    readonly billed: number;
    readonly list_price: number;
    readonly unpriced_events: number;
  };
  readonly written: readonly string[];
}

interface Validated extends Counts {
  readonly problems: readonly {
    readonly file: string;
    readonly line: number;
    readonly field: string | null;
    readonly code: string;
    readonly message: string;
  }[];
}

let folder = "";

beforeEach(async () => {
  folder = await temporaryFolder();
});

const discover = (...args: readonly string[]): Promise<CliResult> =>
  tokenop(["discover", "--json", ...args], { cwd: folder });

const validate = (...args: readonly string[]): Promise<CliResult> =>
  tokenop(["validate", "--json", ...args], { cwd: folder });

const sum = ({ valid, rejected, duplicate }: Counts): number => valid + rejected + duplicate;

/** 0.0035 USD each at gpt-4o's 2.50 and 10 USD per million. */
const three = ["a", "b", "c"].map((id) => logged(id));

describe("discover reads", () => {
  it.each([
    { name: "log.jsonl", format: "jsonl", content: asJsonl(three) },
    { name: "log.jsonl.gz", format: "jsonl+gzip", content: asJsonl(three) },
    { name: "log.csv", format: "csv", content: asCsv(three) },
    { name: "log.csv.gz", format: "csv+gzip", content: asCsv(three) },
    { name: "log.ndjson", format: "jsonl", content: asJsonl(three).replaceAll("\n", "\r\n") },
    { name: "marked.csv", format: "csv", content: `\uFEFF${asCsv(three)}` },
  ])("$name, and its JSON fits the published schema", async ({ name, format, content }) => {
    await layOut(folder, { [name]: content });
    const result = await discover("--input-dir", name);

    expect(result.code, result.stderr).toBe(0);
    const found = result.json<Discovered>();
    expect(found.files).toMatchObject([{ file: name, format, read: 3, valid: 3, rejected: 0, duplicate: 0 }]);
    expect(found.cost_usd).toEqual({ billed: 0, list_price: 0.0105, unpriced_events: 0 });
    expect(await schemaProblems("discover", found)).toEqual([]);
  });

  it.each(["export.parquet", "export.jsonl.zst"])("%s", async (name) => {
    await exportRows(join(folder, name), three);
    const found = (await discover("--input-dir", name)).json<Discovered>();

    expect(found).toMatchObject({ read: 3, valid: 3, cost_usd: { list_price: 0.0105 } });
  });

  it("columns of other names and constants", async () => {
    await layOut(folder, { "usage.csv": "when,name,in,out\n1790848800,gpt-4o,1000,100\n" });
    const flags = ["--map", "ts=when,model=name,input_tokens=in,output_tokens=out", "--ts-unit", "s"];
    const found = (
      await discover("--input-dir", "usage.csv", ...flags, "--set", "provider=openai")
    ).json<Discovered>();

    expect(found).toMatchObject({ valid: 1, cost_usd: { list_price: 0.0035 } });
    expect(found.span?.first).toBe("2026-10-01T10:00:00.000Z");
  });

  it("folders with everything below, patterns, and several files named one after the other", async () => {
    await layOut(folder, {
      "logs/a.jsonl": asJsonl([three[0]!]),
      "logs/deep/b.csv": asCsv([three[1]!]),
      "logs/deep/c.jsonl.gz": asJsonl([three[2]!]),
      "logs/notes.txt": "nothing for us",
    });
    const files = async (...inputs: readonly string[]): Promise<string[]> => {
      const result = await discover("--input-dir", ...inputs);
      expect(result.code, result.stderr).toBe(0);
      return result.json<Discovered>().files.map(({ file }) => file);
    };

    expect(await files("logs")).toEqual(["a.jsonl", "deep/b.csv", "deep/c.jsonl.gz"]);
    expect(await files("logs/**/*.{csv,gz}")).toEqual(["deep/b.csv", "deep/c.jsonl.gz"]);
    expect(await files("logs/a.jsonl", "logs/deep/b.csv")).toEqual(["a.jsonl", "b.csv"]);
    expect(await files("logs/a.jsonl", "--input-dir", "logs/deep/b.csv")).toEqual(["a.jsonl", "b.csv"]);
  });

  it("many files, and counts an id once over all of them", async () => {
    const many = Array.from({ length: 40 }, (_, index) => [
      `day-${String(index).padStart(2, "0")}.jsonl`,
      asJsonl([logged("shared"), logged(`own-${index}`)]),
    ]);
    await layOut(join(folder, "logs"), Object.fromEntries(many) as Record<string, string>);
    const found = (await discover("--input-dir", "logs")).json<Discovered>();

    expect(found).toMatchObject({ read: 80, valid: 41, rejected: 0, duplicate: 39 });
    expect(found.files).toHaveLength(40);
  });

  it("a trace with local spellings, to exact counts, tokens, peak minute and cost", async () => {
    await layOut(folder, {
      "trace.csv": [
        "TIMESTAMP,ContextTokens,GeneratedTokens",
        "2023-11-16 18:17:03.9799600,4808,10",
        "2023-11-16 18:17:04.0319600,3180,8",
        "2023-11-16 18:17:59.9999999,110,27",
        "2023-11-16 18:18:00.0000000,7433,14",
        "2023-11-16 18:18:59.9999990,34,12",
      ].join("\n"),
    });
    const found = await discover(
      ...["--input-dir", ".", "--dir", "W"],
      ...["--map", "ts=TIMESTAMP,input_tokens=ContextTokens,output_tokens=GeneratedTokens"],
      "--set",
      "provider=openai,model=gpt-4o,intent=chat,endpoint=api.openai.com,region=us-east-1,tenant=t1",
    );
    expect(found.json()).toMatchObject({
      ...{ read: 5, valid: 5, rejected: 0, duplicate: 0 },
      span: { first: "2023-11-16T18:17:03.979960Z", last: "2023-11-16T18:18:59.999999Z" },
    });
    const profile = await tokenop(["profile", "--dir", "W", "--json"], { cwd: folder });
    const json = profile.json();

    // 15,565 x 2.50 + 71 x 10 USD per million. A rolling minute would hold 4 of the calls; a calendar minute 3.
    expect(json).toMatchObject({
      totals: { events: 5, input_tokens: 15_565, output_tokens: 71, cost_usd: 0.0396225 },
      peaks: { requests_per_minute: 3, peak_minute: "2023-11-16T18:17:00.000Z" },
      latency_ms: null,
    });
    expect(await schemaProblems("profile", json)).toEqual([]);
  });

  it("only what is at or after --since, from text and Parquet alike, and counts the rest as not read", async () => {
    const days = ["09-30T23:59:59", "10-01T00:00:00", "10-02T12:00:00"];
    const rows = days.map((day, index) => logged(`d${index}`, { ts: `2026-${day}Z` }));
    await layOut(folder, { "log.jsonl": `${asJsonl([...rows, rows[0]!, rows[1]!])}{}\n` });
    await exportRows(join(folder, "log.parquet"), rows);
    const since = async (input: string): Promise<Discovered> =>
      (await discover("--input-dir", input, "--since", "2026-10-01", "--max-rejected", "1")).json();

    expect(await since("log.jsonl")).toMatchObject({ read: 4, valid: 2, rejected: 1, duplicate: 1 });
    expect(await since("log.parquet")).toMatchObject({
      ...{ read: 2, valid: 2, rejected: 0, duplicate: 0 },
      span: { first: "2026-10-01T00:00:00.000Z" },
    });
    const later = await discover("--input-dir", "log.parquet", "--since", "2027-01-01");
    expect(later.code).toBe(2);
    expect(later.stderr).toContain("No event is at or after 2027-01-01");
  });

  it("a trace with offsets for times, to exact counts and cost", async () => {
    const trace = [
      { timestamp: 0, input_length: 6_000, output_length: 500, hash_ids: [1, 2, 3] },
      { timestamp: 59_999, input_length: 1_000, output_length: 10, hash_ids: [1, 4] },
      { timestamp: 60_000, input_length: 3_000, output_length: 90, hash_ids: [1, 2] },
    ];
    await layOut(folder, { "trace.jsonl": asJsonl(trace) });
    const found = await discover(
      ...["--input-dir", "trace.jsonl", "--dir", "W", "--ts-unit", "ms"],
      ...[
        "--map",
        "ts=timestamp,input_tokens=input_length,output_tokens=output_length,prefix_hashes=hash_ids",
      ],
      ...["--set", "provider=openai,model=gpt-4o,prefix_block_tokens=512"],
    );
    const profile = await tokenop(["profile", "--dir", "W", "--json"], { cwd: folder });

    expect(found.json()).toMatchObject({ read: 3, valid: 3, cost_usd: { list_price: 0.031 } });
    expect(profile.json()).toMatchObject({
      totals: { events: 3, input_tokens: 10_000, output_tokens: 600, cost_usd: 0.031 },
      peaks: { requests_per_minute: 2 },
    });
  });

  it("what a workspace holds already, without taking its own files for input", async () => {
    await layOut(folder, { "log.jsonl": asJsonl(three) });
    await discover("--input-dir", "log.jsonl", "--events-format", "jsonl");
    const again = (await discover()).json<Discovered>();

    expect(again.files.map(({ file }) => file)).toEqual(["log.jsonl"]);
  });
});

const CANARY = "CANARY-my-secret-prompt";

/** Each line of the nasty file with what must become of it; null is valid. */
const nasty: readonly (readonly [line: Buffer | string, code: string | null, field?: string])[] = [
  [`\uFEFF${JSON.stringify(logged("bom"))}`, null],
  [`${JSON.stringify(logged("crlf"))}\r`, null],
  [JSON.stringify(logged("cut")).slice(0, 60) + CANARY, "truncated_line"],
  [`{"prompt":"${CANARY}","ts":`, "truncated_line"],
  [JSON.stringify(logged("text", { input_tokens: CANARY })), "wrong_type", "input_tokens"],
  [JSON.stringify(logged("negative", { input_tokens: -5 })), "negative", "input_tokens"],
  [JSON.stringify(logged("nan")).replace('"latency_ms":500', '"latency_ms":NaN'), "not_finite", "latency_ms"],
  [JSON.stringify(logged("far", { ts: "20255-01-01T00:00:00Z" })), "out_of_range", "ts"],
  [
    JSON.stringify(logged("huge", { attributes: { note: CANARY.padEnd(50 * 1024 * 1024, "x") } })),
    "line_too_long",
  ],
  [Buffer.from(JSON.stringify(logged("latin", { tenant: "café" })), "latin1"), "invalid_encoding"],
  [JSON.stringify(logged("twice")), null],
  [JSON.stringify(logged("twice")), "duplicate"],
  [JSON.stringify(logged("status", { status: CANARY })), "invalid_value", "status"],
  [
    JSON.stringify(logged("subset", { cached_input_tokens: 5_000 })),
    "subset_exceeds_total",
    "cached_input_tokens",
  ],
  [JSON.stringify(logged("half", { output_tokens: 1.5 })), "wrong_type", "output_tokens"],
  [JSON.stringify(logged("nameless", { model: null })), "missing_field", "model"],
  [`"${CANARY}"`, "not_an_object"],
  [CANARY, "invalid_json"],
  ["", "blank"],
  [JSON.stringify(logged("last")).slice(0, -20), "truncated_line"],
];

const nastyFile = (): Buffer =>
  Buffer.concat(nasty.flatMap(([line], at) => [Buffer.from(at === 0 ? "" : "\n"), Buffer.from(line)]));

describe("a nasty file", () => {
  const records = nasty.filter(([, code]) => code !== "blank");
  const expected = {
    read: records.length,
    valid: records.filter(([, code]) => code === null).length,
    duplicate: 1,
  };

  beforeEach(() => layOut(folder, { "in/nasty.jsonl": nastyFile(), "in/empty.jsonl": "" }));

  it("is accounted for line by line, with place, field and reason, and nothing is written", async () => {
    const result = await validate("--input", "in");
    const found = result.json<Validated>();
    const problems = nasty.flatMap(([, code, field = null], at) =>
      code === null || code === "duplicate" || code === "blank"
        ? []
        : [{ file: "nasty.jsonl", line: at + 1, field, code }],
    );

    expect(found).toMatchObject({ ...expected, rejected: problems.length });
    expect(sum(found)).toBe(found.read);
    expect(found.problems).toMatchObject(problems);
    expect(await schemaProblems("validate", found)).toEqual([]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("TOP-INPUT-REJECTED");
    expect(result.stderr).toContain("empty.jsonl holds no record");
    expect(await readdir(folder)).toEqual(["in"]);
  });

  it("leaves none of its text in messages or in the workspace", async () => {
    const result = await discover("--input-dir", "in", "--dir", "W");

    expect(result.code).toBe(2);
    expect(result.json()).toMatchObject(expected);
    expect(result.stderr).toContain("nasty.jsonl:6: input_tokens: found -5");
    const rejects = await readFile(join(folder, "W/rejects.jsonl"), "utf8");
    expect(rejects.trim().split("\n")).toHaveLength(result.json<Discovered>().rejected);
    const said = [result.stdout, result.stderr, await allText(join(folder, "W"))].join("\n");
    expect(said).not.toContain(CANARY);
  });

  it("is usable where the user tolerates it", async () => {
    const result = await discover("--input-dir", "in", "--dir", "W", "--max-rejected", "90%");
    expect(result.code, result.stderr).toBe(0);
  });
});

describe("exit codes of reading", () => {
  const good = Array.from({ length: 99 }, (_, index) => logged(`g${index}`));

  it.each([
    { bad: 1, code: 0 },
    { bad: 2, code: 2 },
  ])("$bad bad lines among 99 good ones: $code at the default tolerance of 1 %", async ({ bad, code }) => {
    await layOut(folder, { "log.jsonl": asJsonl(good) + "{}\n".repeat(bad) });

    expect((await discover("--input-dir", "log.jsonl")).code).toBe(code);
    expect((await validate("--input", "log.jsonl")).code).toBe(code);
  });

  it("an empty file among usable ones is a warning", async () => {
    await layOut(folder, { "in/log.jsonl": asJsonl(good), "in/empty.csv": "", "in/none.jsonl.gz": "" });
    const result = await discover("--input-dir", "in");

    expect(result.code).toBe(0);
    expect(result.stderr).toContain("empty.csv holds no record");
    expect(result.stderr).toContain("none.jsonl.gz holds no record");
  });

  it("nothing but empty files is an error that names them", async () => {
    await layOut(folder, { "in/empty.csv": "", "in/empty.jsonl": "" });
    const result = await discover("--input-dir", "in");

    expect(result.code).toBe(2);
    expect(result.json()).toMatchObject({ read: 0, valid: 0 });
    expect(result.stderr).toContain("TOP-INPUT-EMPTY");
    expect(result.stderr).toContain("empty.csv, empty.jsonl");
  });

  it("damaged Parquet and compressed files are counted and named beside usable ones", async () => {
    await layOut(folder, { "in/log.jsonl": asJsonl(good), "in/bad.parquet": "PAR1 and no more" });
    await layOut(folder, { "in/bad.jsonl.zst": "no zstd" });
    const found = await validate("--input", "in", "--max-rejected", "5%");

    expect(found.json()).toMatchObject({ read: 101, valid: 99, rejected: 2 });
    expect(
      found
        .json<Validated>()
        .problems.map(({ file, code }) => `${file} ${code}`)
        .sort(),
    ).toEqual(["bad.jsonl.zst unreadable_file", "bad.parquet unreadable_file"]);
  });

  it("a link that leads nowhere is named among the skipped", async () => {
    await layOut(folder, { "in/log.jsonl": asJsonl(good) });
    await symlink("/nowhere/at/all", join(folder, "in/lost.jsonl"));
    const result = await discover("--input-dir", "in");

    expect(result.code).toBe(0);
    expect(result.stderr).toContain("Skipped lost.jsonl: There is no such file or folder.");
  });

  it("a column that the source does not have is the reason given, before any line of the file", async () => {
    await layOut(folder, {
      "trace.csv": "when,in,out\n2026-10-01T10:00:00Z,1,1\n2026-10-01T10:00:01Z,1,1\n",
    });
    const flags = [
      "--map",
      "ts=when,input_tokens=inn,output_tokens=out",
      "--set",
      "provider=openai,model=gpt-4o",
    ];
    const result = await discover("--input-dir", "trace.csv", ...flags);

    expect(result.code).toBe(2);
    expect(result.json()).toMatchObject({ read: 2, valid: 0, rejected: 2 });
    expect(result.stderr).toContain("TOP-INPUT-UNUSABLE");
    expect(result.stderr).toMatch(/^warning: trace\.csv has no column for input_tokens/m);
    expect(result.stderr).toContain("--map ts=<column>");
    expect(result.stderr).not.toContain("tokenop profile");
  });
});
