import { buildReport } from "../../src/report/build/build-report.js";
import type { Report, ReportInput } from "../../src/report/contract.js";
import {
  costRowsFixture,
  evaluationFixture,
  type FixtureNames,
  plainNames,
  planFixture,
  profileFixture,
} from "./workload-fixture.js";

export function reportInputFixture(names: FixtureNames = plainNames): ReportInput {
  const [summarize] = names.clusters;
  return {
    profile: profileFixture(names),
    plan: planFixture(names),
    evaluation: evaluationFixture(names),
    patches: [
      {
        file: "litellm-config.yaml",
        summary: "LiteLLM proxy: 1 certified route, exact cache for 1 cluster.",
        actions: [`route/${summarize}`, `exact-cache/${summarize}`],
      },
    ],
    simulated: true,
    costRows: costRowsFixture(names),
  };
}

export function reportFixture(input: ReportInput = reportInputFixture()): Report {
  return {
    apiVersion: "tokenop/v1",
    kind: "Report",
    inputs: [{ name: "profile.yaml", sha256: "a".repeat(64) }],
    ...buildReport(input),
    run: { createdAt: "2026-11-23T10:00:00.000Z", tokenopVersion: "0.1.0", directory: "demo" },
  };
}
