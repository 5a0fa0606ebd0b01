import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EngineRow, RemoteEngine } from "../../engine/contract.js";
import { duckdbDialect } from "../../engine/duckdb/dialect.js";
import type { CanonicalEvent, ColumnMapping } from "../../events/contract.js";
import { type BuiltProfile, buildProfile } from "../build-profile.js";
import { openStage, type Stage, testPrices } from "../fixtures/stage.js";
import { planTenants, readTenantParts } from "../tenants.js";
import { hashTenant } from "./hash-tenant.js";
import { plainDecimal } from "./land.js";

const KEY = "00112233445566778899aabbccddeeff";
const NO_MAPPING: ColumnMapping = { map: {}, set: {} };
const TABLES = ["cube", "sketches", "minutes", "arrivals", "outputTails", "conversations"] as const;

let here: Stage;
let there: Stage;

beforeAll(async () => {
  here = await openStage();
  there = await openStage();
});
afterAll(async () => {
  await here.close();
  await there.close();
});

/** The other stage's database as an engine elsewhere; keeps every row that comes back. */
function remoteOn(stage: Stage, seen: EngineRow[] = []): RemoteEngine {
  return {
    id: "spark",
    name: "Spark",
    dialect: duckdbDialect,
    hosts: [],
    grantFor: (table) => `SELECT on ${table}`,
    columns: async (table) =>
      (await stage.engine.rows<{ column_name: string; column_type: string }>(`DESCRIBE ${table}`)).map(
        (row) => ({
          name: row.column_name,
          type: row.column_type,
        }),
      ),
    async *stream<T extends EngineRow>(sql: string) {
      for await (const rows of stage.engine.stream<T>(sql)) {
        seen.push(...rows);
        yield rows;
      }
    },
  };
}

const profileHere = (): Promise<BuiltProfile> =>
  buildProfile({ ...here, prices: testPrices(), seed: 1, clusterMethod: "auto" });

const profileThere = (mapping = NO_MAPPING, seen: EngineRow[] = []): Promise<BuiltProfile> =>
  buildProfile({
    ...there,
    prices: testPrices(),
    seed: 1,
    clusterMethod: "auto",
    remote: { engine: remoteOn(there, seen), table: "events", tableSql: "events", mapping, tenantKey: KEY },
  });

const rowsOf = (stage: Stage, table: (typeof TABLES)[number]): Promise<EngineRow[]> =>
  stage.engine.rows(`SELECT * FROM read_parquet('${stage.workspace[table]}') ORDER BY ALL`);

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 3 });
const tokens = fc.integer({ min: 0, max: 5000 });

const event = fc.record({
  provider: maybe(fc.constant("acme")),
  model: fc.constantFrom("large", "small", "unlisted"),
  intent: maybe(fc.constantFrom("mail", "chat", "unknown")),
  tenant: maybe(fc.constantFrom("blue", "Grün & Söhne")),
  endpoint: maybe(fc.constantFrom("a.example", "b.example")),
  region: maybe(fc.constant("eu-1")),
  input_tokens: maybe(tokens),
  output_tokens: maybe(tokens),
  latency_ms: maybe(fc.double({ min: 0, max: 1e5, noNaN: true })),
  ttft_ms: maybe(fc.integer({ min: 0, max: 999 })),
  cost_usd: maybe(fc.integer({ min: 0, max: 10 ** 9 }).map((nano) => nano / 1e9)),
  cost_basis: maybe(fc.constantFrom("billed" as const, "list_price" as const)),
  status: maybe(fc.constantFrom("ok" as const, "error" as const)),
  batch: maybe(fc.boolean()),
  service_tier: maybe(fc.constant("flex")),
  conversation_id: maybe(fc.constantFrom("one", "two")),
  turn: maybe(fc.integer({ min: 0, max: 20 })),
  grain: maybe(fc.constantFrom("request" as const, "bucket" as const)),
  request_count: maybe(fc.integer({ min: 0, max: 50 })),
  bucket_seconds: maybe(fc.constant(3600)),
  minute: fc.integer({ min: 0, max: 5000 }),
});

type Drawn = typeof event extends fc.Arbitrary<infer T> ? T : never;

const eventsOf = (drawn: readonly Drawn[]): Partial<CanonicalEvent>[] =>
  drawn.map(({ minute, ...rest }, at) => ({
    ...rest,
    id: `call-${at}`,
    // No two calls share an instant, so that time alone puts them in order.
    ts: new Date(Date.parse("2026-10-01T00:00:00Z") + minute * 60_000 + at).toISOString(),
  }));

describe("a profile of a table elsewhere", () => {
  it("is the profile of the same events here, but for the names of tenants", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 30, maxLength: 80 }), async (drawn) => {
        const events = eventsOf(drawn);
        await here.writeEvents(events);
        await there.writeEvents(events);
        const local = await profileHere();
        const remote = await profileThere();
        const hashed = (name: string) => (name === "unknown" ? name : hashTenant(KEY, name));
        for (const table of TABLES) {
          const named = (await rowsOf(here, table)).map((row) =>
            "tenant" in row ? { ...row, tenant: hashed(row.tenant as string) } : row,
          );
          const sorted = (rows: readonly EngineRow[]) => rows.map((row) => JSON.stringify(row)).sort();
          expect(sorted(await rowsOf(there, table)), table).toEqual(sorted(named));
        }
        const { engine, drivers: theirs, ...body } = remote.profile;
        const { drivers: ours, ...expected } = local.profile;
        expect(body).toEqual(expected);
        expect({ ...theirs, tenant: null }).toEqual({ ...ours, tenant: null });
        expect(engine).toMatchObject({ rowsLeftOut: 0, repeatedIds: 0, notComputed: [] });
      }),
      { numRuns: 4 },
    );
  }, 240_000);

  it("names what it cannot compute, and gives no figure of it", async () => {
    const call = { model: "large", provider: "acme", input_tokens: 100, output_tokens: 10, prompt_hash: "h" };
    await there.writeEvents([
      { ...call, id: "a", prefix_hashes: ["x"], prefix_block_tokens: 16 },
      { ...call, id: "b", ts: "2026-10-01T00:01:00Z", retry_of: "a", conversation_id: "c" },
      { ...call, id: "b", ts: "2026-10-01T00:02:00Z", conversation_id: "c" },
    ]);
    const { profile } = await profileThere();

    expect(profile.engine!.notComputed.map(({ table }) => table)).toEqual([
      "exact reuse",
      "prefix reuse",
      "retries",
      "conversation windows",
    ]);
    expect(profile.engine!.repeatedIds).toBe(1);
    expect(profile.reuse).toEqual({ promptHashCoverage: 0, prefixHashCoverage: 0, exact: [], prefix: [] });
    expect(profile.warnings.join("\n")).toContain("Not computed in spark: exact reuse");
    expect(profile.warnings.join("\n")).toContain("1 rows of events repeat an id");
  });

  it("lets neither tenants, ids, conversations nor text in the place of a label come back", async () => {
    const canary = "canary".repeat(40);
    await there.writeEvents([
      {
        id: "canary-id",
        model: "large",
        provider: "acme",
        intent: canary,
        tenant: "canary tenant",
        input_tokens: 1,
        output_tokens: 1,
        prompt_hash: "canary-hash",
        conversation_id: "canary-talk",
        retry_of: "canary-retry",
      },
    ]);
    const seen: EngineRow[] = [];
    const { profile } = await profileThere(NO_MAPPING, seen);

    expect(seen.length).toBeGreaterThan(5);
    expect(
      JSON.stringify(seen, (_, value) => (typeof value === "bigint" ? `${value}` : value)),
    ).not.toContain("canary");
    expect(profile.clusters.map(({ id }) => id)).toEqual(["unknown"]);
    expect(profile.warnings.join("\n")).toContain("1 rows have a label of more than 200 characters");
  });

  it("leaves out what discover would reject, and says how much", async () => {
    const good = { model: "large", provider: "acme", input_tokens: 10, output_tokens: 1 };
    await there.writeEvents([
      good,
      { ...good, ts: "1999-01-01T00:00:00Z" },
      { ...good, input_tokens: -1 },
      { ...good, cached_input_tokens: 11 },
      { ...good, reasoning_tokens: 2 },
      { ...good, status: "500" as "error" },
    ]);
    const { profile } = await profileThere();

    expect(profile.totals.events).toBe(1);
    expect(profile.engine).toMatchObject({ rowsRead: 6, rowsLeftOut: 5 });
    expect(profile.warnings).toContainEqual(expect.stringContaining("5 of 6 rows of events cannot be used"));
  });

  it("reads other names, constants and numeric times as it is told", async () => {
    await there.engine.run(`CREATE OR REPLACE TABLE events AS
      SELECT 1790812800000 AS at, 'large' AS kind, 7 AS sent, 3 AS got, {'team': 'blue'} AS tags`);
    const mapping: ColumnMapping = {
      map: { ts: "at", model: "kind", input_tokens: "sent", output_tokens: "got", tenant: "tags.team" },
      set: { provider: "ac'me" },
      tsUnit: "ms",
    };
    const { profile } = await profileThere(mapping);

    expect(profile.span.first).toBe("2026-10-01T00:00:00.000Z");
    expect(profile.totals).toMatchObject({ events: 1, inputTokens: 7, outputTokens: 3 });
    expect(profile.unpriced).toMatchObject([{ provider: "ac'me", model: "large" }]);
    expect(profile.drivers.tenant).toMatchObject([{ key: hashTenant(KEY, "blue") }]);
    await expect(
      profileThere({ ...mapping, tsUnit: undefined } as unknown as ColumnMapping),
    ).rejects.toMatchObject({
      code: "TOP-ENGINE-TIME",
    });
    await expect(profileThere({ ...mapping, map: { ...mapping.map, id: "absent" } })).rejects.toMatchObject({
      code: "TOP-ENGINE-COLUMN",
      found: expect.stringContaining("at, kind, sent, got, tags"),
    });
  });

  it("refuses clusters by words, and a table without a usable row", async () => {
    await there.writeEvents([{ model: "large", input_tokens: -1, output_tokens: 1 }]);
    await expect(profileThere()).rejects.toMatchObject({ code: "TOP-PROFILE-EMPTY", exitCode: 2 });
    const words = buildProfile({
      ...there,
      prices: testPrices(),
      seed: 1,
      clusterMethod: "lexical",
      remote: {
        engine: remoteOn(there),
        table: "events",
        tableSql: "events",
        mapping: NO_MAPPING,
        tenantKey: KEY,
      },
    });
    await expect(words).rejects.toMatchObject({ code: "TOP-PROFILE-METHOD" });
  });

  it("plans a tenant apart under the name that the policy has for it", async () => {
    await there.writeEvents([
      {
        model: "large",
        provider: "acme",
        tenant: "blue",
        intent: "mail",
        input_tokens: 10,
        output_tokens: 1,
      },
      { model: "large", provider: "acme", tenant: "red", intent: "mail", input_tokens: 10, output_tokens: 1 },
    ]);
    await profileThere();
    await planTenants(there.engine, ["blue"], (tenant) => hashTenant(KEY, tenant));

    expect(await readTenantParts(there.engine)).toMatchObject([
      { cluster: "mail", tenant: "blue", requests: 1 },
    ]);
  });
});

describe("decimals from another engine", () => {
  it.each([
    ["0E-12", "0.000000000000"],
    ["1.5E-7", "0.00000015"],
    ["12.5E+2", "1250.0"],
    ["-3E0", "-3.0"],
    ["0.000000000001", "0.000000000001"],
  ])("%s is %s", (text, plain) => {
    expect(plainDecimal(text)).toBe(plain);
    expect(Number(plainDecimal(text))).toBeCloseTo(Number(text), 20);
  });
});
