import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { reportFixture, reportInputFixture } from "../../test/support/report-fixture.js";
import { hostileNames } from "../../test/support/workload-fixture.js";
import { toFileShape } from "../shared/case.js";
import type { Report } from "./contract.js";
import { STYLE } from "./html/style.js";
import { valueAt } from "./html/view.js";
import { html } from "./html.js";

async function render(report: Report) {
  const [file] = await html.render(report);
  return { text: file!.text, document: parseHTML(file!.text).document };
}

const input = reportInputFixture();
const [fleet] = input.plan!.fleets;
const sparse = {
  ...input.plan!,
  decision: "do_nothing" as const,
  actions: [],
  layers: [],
  prove: [],
  frontier: [],
  latencyFrontier: [],
  economics: {
    ...input.plan!.economics!,
    roi: null,
    paybackMonths: { low: 4, mid: null, high: null },
    tornado: [],
    uncertainties: [],
  },
  fleets: [
    { ...fleet!, before: null, inPlace: false },
    { ...fleet!, after: null, capacity: null },
  ],
  search: { ...input.plan!.search, optimal: false, gapUsdMonth: "3.2" },
};
const variants = [
  ["everything", input],
  ["a profile alone", { ...input, plan: null, evaluation: null, patches: [] }],
  ["a plan without evidence", { ...input, evaluation: null, patches: [] }],
  ["a plan with holes in it", { ...input, plan: sparse, evaluation: null, patches: [] }],
  ["names full of markup", reportInputFixture(hostileNames)],
] as const;

describe.each(variants)("report.html from %s", (_, given) => {
  const report = reportFixture(given);

  it("shows exactly the numbers and texts of report.json", async () => {
    const { document } = await render(report);
    const root = toFileShape(report);
    const shown = [...document.querySelectorAll("[data-path]")];
    expect(shown.length).toBeGreaterThan(50);
    for (const element of shown) {
      const value = valueAt(root, element.getAttribute("data-path")!);
      if (element.localName === "data") expect(Number(element.getAttribute("value"))).toBe(value);
      else if (element.localName === "time") expect(element.getAttribute("datetime")).toBe(value);
      else expect(element.textContent).toBe(value === null ? "not known" : value);
    }
  });

  it("shows no number that has no path", async () => {
    const { document } = await render(report);
    for (const element of [...document.querySelectorAll("[data-path], svg, style, meta")]) element.remove();
    expect(document.documentElement.textContent.match(/\d[\d.,]*/g)).toBeNull();
  });

  it("asks for nothing and runs nothing", async () => {
    const { text, document } = await render(report);
    expect(document.querySelector("script, img, iframe, link, object, embed, form, a")).toBeNull();
    expect(document.querySelector("meta[http-equiv]")!.getAttribute("content")).toContain(
      "default-src 'none'",
    );
    expect(STYLE).not.toMatch(/url\(|@import/);
    for (const element of [...document.querySelectorAll("*")]) {
      expect([...element.attributes].filter(({ name }) => /^on|^src$|href$/.test(name))).toEqual([]);
    }
    expect(text).not.toContain("<script");
  });

  it("can be read without seeing the charts", async () => {
    const { document } = await render(report);
    for (const svg of [...document.querySelectorAll("svg")]) {
      expect(svg.getAttribute("role")).toBe("img");
      expect(svg.getAttribute("aria-label")).not.toBe("");
      const figure = svg.closest("figure")!;
      expect(figure.querySelector("figcaption")!.textContent.trim()).not.toBe("");
      expect(figure.querySelectorAll("details table tbody tr").length).toBeGreaterThan(0);
    }
    for (const section of [...document.querySelectorAll("section")]) {
      const heading = document.getElementById(section.getAttribute("aria-labelledby")!);
      expect(heading?.localName).toBe("h2");
    }
    expect(document.querySelectorAll("h1")).toHaveLength(1);
    expect(document.documentElement.getAttribute("lang")).toBe("en");
    expect(document.querySelector("main")).not.toBeNull();
  });

  it("is the same text every time", async () => {
    expect((await render(report)).text).toBe((await render(report)).text);
  });
});

describe("report.html", () => {
  it("says in title and banner that it is simulated, and only then", async () => {
    const simulated = await render(reportFixture(input));
    expect(simulated.document.title).toMatch(/^Simulated: /);
    expect(simulated.document.querySelector(".banner")!.textContent).toContain("Simulated.");
    const real = await render(reportFixture({ ...input, simulated: false }));
    expect(real.document.title).not.toContain("Simulated");
    expect(real.document.querySelector(".banner")).toBeNull();
  });

  it("shows names with markup as text, in tables and in charts", async () => {
    const { document } = await render(reportFixture(reportInputFixture(hostileNames)));
    const [script] = hostileNames.clusters;
    const cells = [...document.querySelectorAll("td")].map((cell) => cell.textContent);
    expect(cells).toContain(script);
    const labels = [...document.querySelectorAll("svg text")].map((label) => label.textContent);
    expect(labels.some((label) => label.startsWith('<script>alert("x")'))).toBe(true);
  });

  it("shows names around fleets with markup as text", async () => {
    const { text, document } = await render(reportFixture(reportInputFixture(hostileNames)));
    const fleets = document.querySelector("#fleets")!.textContent;
    expect(fleets).toContain(hostileNames.fleet);
    expect(fleets).toContain(hostileNames.open);
    expect(document.querySelector("#plan")!.textContent).toContain(hostileNames.approver);
    expect(text).not.toContain("<iframe");
  });

  it("puts cost, payback, worth and risk of the plan into its first screen", async () => {
    const { document } = await render(reportFixture(input));
    const header = document.querySelector("header")!;
    const shown = [...header.querySelectorAll("[data-path]")].map((node) => node.getAttribute("data-path"));
    for (const key of ["one_off.mid", "people_hours.value", "payback.mid", "npv.low", "npv.mid", "npv.high"])
      expect(shown).toContain(`economics.${key}`);
    expect(shown).toContain("economics.chance_of_loss.value");
  });

  it("says over the horizon where a plan is not paid back, and that a gap is left", async () => {
    const { document } = await render(reportFixture({ ...input, plan: sparse, evaluation: null }));
    expect(document.querySelector("#economics")!.textContent).toMatch(
      /Payback, months\s*estimated\s*4over 12over 12/,
    );
    expect(document.querySelector("#optimality .badge")!.textContent).toContain("Not proven optimal");
  });

  it("names each layer and its subtotal in the waterfall, not by colour alone", async () => {
    const { document } = await render(reportFixture(input));
    const labels = [...document.querySelectorAll("#plan svg text")].map((label) => label.textContent);
    for (const layer of ["Application", "Serving", "Infrastructure"])
      expect(labels).toContain(`${layer} layer`);
    expect(labels).toContain("\u2212USD\u00a03,066");
  });

  it("names every verdict in words, not by colour alone", async () => {
    const { document } = await render(reportFixture(input));
    const badges = [...document.querySelectorAll(".badge")].map((badge) => badge.textContent.trim());
    expect(badges.join(" ")).toContain("✕ Rejected");
    expect(badges.every((text) => /[A-Z][a-z]+/.test(text))).toBe(true);
  });

  it("shows claims on speed and cost with target, bound and basis, and says where nothing is claimed", async () => {
    const { document } = await render(reportFixture(input));
    const section = document.querySelector("#operations")!;
    const rows = [...section.querySelectorAll("tbody tr")].map((row) => row.textContent);
    expect(rows[0]).toMatch(/✓ Certified summarize to .*2,0003 of 4201,871replayed941replayed1,210replayed$/);
    expect(rows[2]).toContain("No claim");
    expect(rows[2]).toContain("none set");
    expect(rows[3]).toContain("USD\u00a00.006674replayed");
    expect(rows[4]).toMatch(/none shown$/);
  });

  it("shows the judge's record: contradictions, pull of length, agreement, and that it was set aside", async () => {
    const { document } = await render(reportFixture(input));
    const section = document.querySelector("#judge")!;
    expect(section.querySelector(".badge")!.textContent).toContain("Set aside");
    expect(section.textContent).toMatch(/25\.0\u00a0% measured of 92 pairs/);
    expect(section.textContent).toMatch(/90\.0\u00a0%\s*74\.0\u00a0% to 97\.0\u00a0%, measured/);
    const { judge: _, ...rest } = input.evaluation!;
    const without = await render(reportFixture({ ...input, evaluation: rest }));
    expect(without.document.querySelector("#judge")).toBeNull();
  });

  it("says of a plan without evidence that nothing was tested", async () => {
    const { document } = await render(reportFixture({ ...input, evaluation: null, patches: [] }));
    expect(document.querySelector("header")!.textContent).toContain("Nothing has been tested yet");
    expect(document.querySelector("#evidence")).toBeNull();
    expect(document.querySelector("#next")!.textContent).toContain("No route patch was written");
  });
});

describe("the style sheet", () => {
  const [light, dark] = [...STYLE.matchAll(/:root\{(?:color-scheme:light dark;)?(--paper[^}]*)\}/g)].map(
    ([, block]) =>
      Object.fromEntries([...block!.matchAll(/--([a-z-]+):(#[0-9a-f]{6})/g)].map(([, k, v]) => [k, v])),
  );

  it.each([
    ["light", light],
    ["dark", dark],
  ])("keeps a contrast of 4.5 to 1 for text in the %s scheme", (_, colors) => {
    const pairs = [
      ["ink", "paper"],
      ["ink", "panel"],
      ["muted", "paper"],
      ["muted", "panel"],
      ["accent", "paper"],
      ["ok", "ok-soft"],
      ["wait", "wait-soft"],
      ["bad", "bad-soft"],
      ["application", "paper"],
      ["serving", "paper"],
      ["infrastructure", "paper"],
    ] as const;
    for (const [text, ground] of pairs) {
      expect(contrast(colors![text]!, colors![ground]!), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
  });
});

/** WCAG 2.2, relative luminance and contrast ratio. */
function contrast(first: string, second: string): number {
  const [high, low] = [luminance(first), luminance(second)].sort((left, right) => right - left);
  return (high! + 0.05) / (low! + 0.05);
}

function luminance(color: string): number {
  const [red, green, blue] = [1, 3, 5].map((start) => {
    const channel = Number.parseInt(color.slice(start, start + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}
