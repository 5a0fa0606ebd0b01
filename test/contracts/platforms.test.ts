import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { collect } from "../../src/collect/collect.js";
import type {
  Collected,
  CollectOptions,
  Collector,
  ContentRecord,
  Source,
} from "../../src/collect/contract.js";
import { parseSettings } from "../../src/collect/platform/remote-collector.js";
import { collectors } from "../../src/collect/registry.js";
import { EVENT_COLUMNS, eventSchema } from "../../src/events/contract.js";
import type { Context } from "../../src/shared/context.js";
import { testContext, testOptions } from "../support/agent-home.js";
import type { PlatformServer } from "../support/platform-server.js";
import { platformCases } from "./platforms/index.js";
import { type PlatformCase, SINCE, UNTIL } from "./platforms/platform-case.js";

const platforms = collectors.filter((collector) => collector.settings !== null);
const columns = new Set<string>(EVENT_COLUMNS.map((column) => column.name));

it("every platform's collector has a case, under an id of its own", () => {
  const ids = platforms.map((collector) => collector.id);

  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(Object.keys(platformCases).toSorted());
});

describe.each(platforms.map((collector) => ({ id: collector.id, collector })))(
  "the $id collector",
  (entry) => {
    const collector: Collector = entry.collector;
    let given: PlatformCase;
    let server: PlatformServer;
    let workspace: string;
    let context: Context;
    let source: Source;
    let options: CollectOptions;
    const spoken: string[] = [];

    beforeAll(async () => {
      given = platformCases[collector.id]!;
      workspace = await mkdtemp(join(tmpdir(), "platforms-"));
    });
    afterAll(() => rm(workspace, { recursive: true, force: true }));
    beforeEach(async () => {
      server = await given.start();
      spoken.length = 0;
      const note = (...said: unknown[]): void => void spoken.push(JSON.stringify(said));
      context = {
        ...testContext(workspace, given.environment),
        now: () => UNTIL,
        log: { info: note, warn: note, progress: note },
      };
      source = {
        name: "the-source",
        collector: collector.id,
        settings: parseSettings(collector.settings!, given.settings(server.base)),
        environment: [],
      };
      options = testOptions(workspace, { since: SINCE, until: UNTIL, source });
      return async () => {
        vi.restoreAllMocks();
        await server.close();
      };
    });

    async function readAll(request = options, using = context): Promise<Collected[]> {
      const batches: Collected[] = [];
      for await (const batch of collector.read(request, using)) batches.push(batch);
      return batches;
    }

    const rowsOf = (batches: readonly Collected[]) =>
      batches.flatMap((batch) => (batch.kind === "rows" ? batch.rows : []));
    const eventsOf = (batches: readonly Collected[]) =>
      rowsOf(batches).flatMap((row) => ("event" in row ? [row.event] : []));
    const totalsOf = (batches: readonly Collected[]) => {
      const events = eventsOf(batches);
      return {
        rows: rowsOf(batches).length,
        statements: batches.reduce(
          (sum, batch) => sum + (batch.kind === "statements" ? batch.statements.length : 0),
          0,
        ),
        inputTokens: events.reduce((sum, event) => sum + (event.input_tokens ?? 0), 0),
        outputTokens: events.reduce((sum, event) => sum + (event.output_tokens ?? 0), 0),
      };
    };

    it("introduces itself: what it does, the least access it needs, and its secrets", () => {
      expect(collector.id).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(collector.summary).not.toBe("");
      expect(collector.grants).not.toEqual([]);
      expect(Object.keys(given.environment).filter((name) => !/^[A-Z][A-Z0-9_]*$/.test(name))).toEqual([]);
      const declared = new Set(collector.environment.map(({ name }) => name));
      expect(Object.keys(given.environment).filter((name) => !declared.has(name))).toEqual([]);
      for (const secret of Object.values(given.environment)) expect(secret).toMatch(/canary/);
    });

    it("explains itself without a call, with its hosts, its window and no secret", async () => {
      const explained = (await collector.explain(options, context)).join("\n");

      expect(server.log).toEqual([]);
      expect(explained).toContain(new URL(server.base).host);
      expect(explained).toContain(SINCE.toISOString());
      for (const grant of collector.grants) expect(explained).toContain(grant);
      expect(explained).not.toMatch(/canary/);
    });

    it("makes no request and runs no query that it did not explain", async () => {
      const explained = (await collector.explain(options, context)).join("\n");
      await readAll();
      await collector.inventory?.(options, context);

      const lines = [...explained.matchAll(/\b(GET|POST|DELETE) (\S+)/g)].map(([, method, url]) => {
        const pattern = new URL(url!.replaceAll(/[{}]/g, "-BRACE-")).pathname;
        const path = pattern
          .replaceAll(/[.*+?^$()|[\]\\]/g, "\\$&")
          .replaceAll(/-BRACE-.*?-BRACE-/g, "[^/]+");
        return new RegExp(`^${method} ${path}$`);
      });
      const unexplained = server.log
        .map(({ method, path }) => `${method} ${path}`)
        .filter((call) => !lines.some((line) => line.test(call)));
      expect([...new Set(unexplained)]).toEqual([]);
      const flat = (text: string): string => text.replaceAll(/\s+/g, " ").trim();
      for (const { body } of server.log)
        for (const query of given.queriesIn?.(body) ?? []) expect(flat(explained)).toContain(flat(query));
    });

    it("reads all that the source holds, over several requests, and its totals add up", async () => {
      const batches = await readAll();

      expect(totalsOf(batches)).toEqual(given.holds);
      expect(server.log.length).toBeGreaterThanOrEqual(given.requests);
    });

    it("yields the same in the same order each time", async () => {
      const strip = (batches: Collected[]) => JSON.stringify(batches).replaceAll(server.base, "");

      expect(strip(await readAll())).toBe(strip(await readAll()));
    });

    it("yields canonical events with ids of their own, and what it said that it yields", async () => {
      const batches = await readAll();
      const events = eventsOf(batches);

      for (const event of events) expect(() => eventSchema.parse(event)).not.toThrow();
      expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
      const isBucket = (event: (typeof events)[number]): boolean => event.grain === "bucket";
      if (events.some(isBucket)) expect(collector.yields).toContain("buckets");
      if (!events.every(isBucket)) expect(collector.yields).toContain("requests");
      if (batches.some(({ kind }) => kind === "statements")) expect(collector.yields).toContain("statements");
    });

    it("leaves the columns empty that it says it cannot know, and names only real ones", async () => {
      const names = collector.cannotFill.map(({ column }) => column);
      const events = eventsOf(await readAll());

      expect(names.filter((name) => !columns.has(name))).toEqual([]);
      expect(new Set(names).size).toBe(names.length);
      for (const event of events) expect(names.filter((name) => (event[name] ?? null) !== null)).toEqual([]);
    });

    it("yields nothing from outside the window", async () => {
      for (const { ts } of eventsOf(await readAll())) {
        expect(Date.parse(ts)).toBeGreaterThanOrEqual(SINCE.getTime());
        expect(Date.parse(ts)).toBeLessThan(UNTIL.getTime());
      }
    });

    it("comes through resets, limits, errors and broken answers with nothing lost or doubled", async () => {
      const undisturbed = totalsOf(await readAll());
      server.failNext(["limit", "reset", "error", "not-json"]);

      expect(totalsOf(await readAll())).toEqual(undisturbed);
    });

    it("after an interruption reads the rest, and ends with the same totals", async () => {
      const undisturbed = totalsOf(await readAll());
      const whole = server.log.length;
      const spoolDir = await mkdtemp(join(workspace, "spool-"));
      const attempt = async (): Promise<Collected[]> => {
        const batches: Collected[] = [];
        const deps = {
          spoolDir,
          keepContent: async () => undefined,
          redact: (record: ContentRecord) => record,
        };
        for await (const batch of collect([{ collector, source }], options, context, deps).batches())
          batches.push(batch);
        return batches;
      };
      server.failAfter(whole - 1);
      await expect(attempt()).rejects.toMatchObject({ exitCode: 5 });
      server.failAfter(null);
      const before = server.log.length;

      expect(totalsOf(await attempt())).toEqual(undisturbed);
      if (given.resumes) expect(server.log.length - before).toBeLessThan(whole);
    });

    it("ends with exit code 5 and the missing grant where its credentials are refused", async () => {
      server.deny(true);
      const error = (await readAll().catch((thrown: unknown) => thrown)) as { exitCode: number; fix: string };

      expect(error).toMatchObject({ exitCode: 5 });
      expect(error.fix.length).toBeGreaterThan(20);
      expect(JSON.stringify(error) + String(error)).not.toMatch(/canary/);
    });

    it("names the variable of a secret that is not set", async () => {
      for (const name of Object.keys(given.environment)) {
        const environment = Object.fromEntries(
          Object.entries(given.environment).filter(([other]) => other !== name),
        );
        await expect(readAll(options, { ...context, env: environment })).rejects.toMatchObject({
          exitCode: 2,
          message: expect.stringContaining(name),
        });
      }
    });

    it("reaches its own hosts and no other", async () => {
      const reached = new Set<string>();
      const real = globalThis.fetch;
      vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => {
        reached.add(new URL(input instanceof Request ? input.url : String(input)).host);
        return real(input, init);
      });
      await readAll();
      await collector.inventory?.(options, context);

      expect([...reached]).not.toEqual([]);
      expect([...reached].filter((host) => !collector.hosts(options).includes(host))).toEqual([]);
    });

    it("lets no prompt and no secret out of its rows, its talk and its errors", async () => {
      const batches = await readAll();
      const inventory = await collector.inventory?.(options, context);
      server.failAfter(0);
      const error = await readAll().catch((thrown: unknown) => thrown);

      expect(JSON.stringify([batches, inventory ?? null])).not.toMatch(/canary/);
      expect(spoken.join("\n")).not.toMatch(/canary/);
      expect(JSON.stringify(error) + String((error as Error).stack)).not.toMatch(/canary/);
    });

    it("says what runs where it yields inventory; what it may not see is a note, not an error", async () => {
      const found = (await collector.inventory?.(options, context)) ?? null;
      server.deny(true);
      const refused = (await collector.inventory?.(options, context)) ?? null;

      expect(found !== null).toBe(collector.yields.includes("inventory"));
      expect(refused === null).toBe(found === null);
      if (found === null || refused === null) return;
      expect(found.pools.length + found.endpoints.length + found.servers.length).toBeGreaterThan(0);
      expect(refused.endpoints).toEqual([]);
      expect(refused.notes).not.toEqual([]);
      expect(spoken.join("\n")).toContain(refused.notes[0]);
    });

    it("checks its access with fewer requests than a read, and names what is missing", async () => {
      const checks = async () => {
        const all = [];
        for await (const check of collector.check!(options, context)) all.push(check);
        return all;
      };
      const granted = await checks();
      expect(granted).not.toEqual([]);
      expect(granted.filter(({ ok, optional }) => !ok && !optional)).toEqual([]);

      server.deny(true);
      const refused = await checks();
      expect(refused.some(({ ok }) => !ok)).toBe(true);
      for (const { ok, fix } of refused) if (!ok) expect(fix).not.toBeNull();
      expect(JSON.stringify([granted, refused])).not.toMatch(/canary/);
    });
  },
);
