import { describe, expect, it } from "vitest";
import { demoFiles } from "./files.js";

describe("the simulated workload", () => {
  const files = demoFiles(7);
  const lines = files["input/gateway-log.jsonl"].trimEnd().split("\n");

  it("is the same for the same seed and differs for another", () => {
    expect(demoFiles(7)).toEqual(files);
    expect(demoFiles(8)["prompts.jsonl"]).not.toBe(files["prompts.jsonl"]);
  });

  it("says that it is simulated in every tenant, model and provider name", () => {
    const event = JSON.parse(lines[0]!) as Record<string, string>;
    for (const field of ["tenant", "model", "provider", "region", "id"]) {
      expect(event[field]).toContain("sim");
    }
  });

  it("holds a month of calls in time order, with repeats and cut lines at its end", () => {
    const whole = lines.slice(0, -52).map((line) => JSON.parse(line) as { id: string; ts: string });
    expect(new Set(whole.map((event) => event.id)).size).toBe(whole.length);
    expect(whole.at(0)?.ts.slice(0, 10)).toBe("2026-10-01");
    expect(whole.at(-1)?.ts.slice(0, 10)).toBe("2026-10-30");
    expect(whole.every((event, index) => index === 0 || whole[index - 1]!.ts <= event.ts)).toBe(true);
  });

  it("repeats whole requests only where an intent has a question pool", () => {
    const hashes = new Map<string, Set<string>>();
    const counts = new Map<string, number>();
    for (const line of lines.slice(0, -52)) {
      const event = JSON.parse(line) as { intent: string; prompt_hash: string };
      hashes.set(event.intent, (hashes.get(event.intent) ?? new Set()).add(event.prompt_hash));
      counts.set(event.intent, (counts.get(event.intent) ?? 0) + 1);
    }
    expect(hashes.get("faq-answer")!.size).toBeLessThan(counts.get("faq-answer")! / 10);
    expect(hashes.get("ticket-triage")!.size).toBe(counts.get("ticket-triage"));
  });

  it("gives every prompt a reference and the id of a call in the log", () => {
    const ids = new Set(lines.slice(0, -52).map((line) => (JSON.parse(line) as { id: string }).id));
    for (const line of files["prompts.jsonl"].trimEnd().split("\n")) {
      const prompt = JSON.parse(line) as { event_id: string; reference: string };
      expect(ids.has(prompt.event_id)).toBe(true);
      expect(prompt.reference).not.toBe("");
    }
  });
});
