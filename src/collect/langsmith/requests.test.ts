import { describe, expect, it } from "vitest";
import type { RemoteRequest } from "../contract.js";
import { findProjects, type Settings } from "./requests.js";

const context = {
  now: () => new Date(0),
  env: {},
  homeDir: "",
  signal: new AbortController().signal,
  log: { info: () => undefined, warn: () => undefined, progress: () => undefined },
  version: "0",
};

const requestOf = (projects: readonly string[], found: readonly unknown[]): RemoteRequest<Settings> => ({
  name: "the-source",
  settings: { baseUrl: "https://smith.example", workspaceId: null, projects, qualityFeedback: null },
  since: new Date(0),
  until: new Date(1),
  includeContent: false,
  resumeFrom: null,
  secret: () => "key",
  optionalSecret: () => null,
  http: (grant) => ({
    name: "LangSmith",
    grant,
    net: { fetch: async () => new Response(JSON.stringify(found)) },
  }),
});

describe("projects of LangSmith", () => {
  it("are told by their whole name, where the search finds others too", async () => {
    const found = [
      { id: "1", name: "shop-staging" },
      { id: "2", name: "shop" },
    ];
    expect(await findProjects(requestOf(["shop"], found), context)).toEqual(["2"]);
  });

  it("that the key does not see are named", async () => {
    await expect(findProjects(requestOf(["shop"], []), context)).rejects.toMatchObject({
      code: "TOP-COLLECT-PROJECT",
      exitCode: 2,
      message: expect.stringContaining("shop"),
    });
  });
});
