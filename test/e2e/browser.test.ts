import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder, tokenop } from "../support/cli.js";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Follows `a.0.b` into report.json. */
function valueAt(report: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], report);
}

describe("report.html in a real browser, opened from disk", () => {
  let browser: Browser;
  let page: Page;
  let report: unknown;
  let url: string;
  const requests: string[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    const workspace = join(await temporaryFolder(), "demo");
    const result = await tokenop(["demo", "--dir", workspace, "--json"]);
    expect(result.code).toBe(0);
    const path = result.json<{ report: string }>().report;
    report = JSON.parse(await readFile(join(workspace, "reports/report.json"), "utf8"));
    url = pathToFileURL(path).href;
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH!, args: FLAGS });
    page = await browser.newPage();
    page.on("request", (request) => requests.push(request.url()));
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(url);
  });

  afterAll(async () => browser?.close());

  it("asks for nothing but itself, and has nothing to complain about", () => {
    expect(requests).toEqual([url]);
    expect(complaints).toEqual([]);
  });

  it.each([400, 1000, 1600])("fits a window of %i pixels, in light and dark", async (width) => {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const { content, window } = (await page.evaluate(
        "({ content: document.documentElement.scrollWidth, window: innerWidth })",
      )) as { content: number; window: number };
      expect(content).toBeLessThanOrEqual(window);
    }
  });

  it("has another background in the dark", async () => {
    const background = async (colorScheme: "light" | "dark"): Promise<unknown> => {
      await page.emulateMedia({ colorScheme });
      return page.evaluate("getComputedStyle(document.body).backgroundColor");
    };
    expect(await background("light")).not.toBe(await background("dark"));
  });

  it("draws every chart, with a name for those who cannot see it and its numbers behind it", async () => {
    const charts = await page.locator("figure svg:visible").all();
    expect(charts.length).toBeGreaterThanOrEqual(6);
    for (const chart of charts) {
      const box = await chart.boundingBox();
      expect(box?.width ?? 0).toBeGreaterThan(100);
    }
    expect(await page.locator("details table").count()).toBeGreaterThanOrEqual(6);
  });

  it("names for every shown number the field of report.json that it is", async () => {
    const shown = (await page.evaluate(
      "[...document.querySelectorAll('[data-path]')].map((node) => node.getAttribute('data-path'))",
    )) as string[];
    expect(shown.length).toBeGreaterThan(50);
    for (const path of shown) expect(valueAt(report, path), path).not.toBeUndefined();
  });

  it("says in its first screen that the workload is simulated, and leads with the verdict", async () => {
    await page.setViewportSize({ width: 1000, height: 900 });
    const text = ((await page.locator("body").textContent()) ?? "").replaceAll(/\s+/g, " ").trim();
    expect(text.slice(0, 200)).toMatch(/simulated/i);
    expect(text.indexOf("certified")).toBeLessThan(600);
  });
});
