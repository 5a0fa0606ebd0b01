import fc from "fast-check";
import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { reportFixture } from "../../../test/support/report-fixture.js";
import { formatChange, formatDecimal, formatMoney, formatShare, shorten } from "../format.js";
import { html, trusted } from "./template.js";
import { createView } from "./view.js";

describe("the html tag", () => {
  it("shows any text as text, in content and in attributes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii" }), (text) => {
        const { document } = parseHTML(
          `<!doctype html><html><body>${html`<p title="${text}">${text}</p>`.markup}</body></html>`,
        );
        expect(document.querySelector("p")!.textContent).toBe(text);
        expect(document.querySelector("p")!.getAttribute("title")).toBe(text);
        expect(document.querySelectorAll("body *")).toHaveLength(1);
      }),
    );
  });

  it("leaves its own markup alone, joins lists and drops what is absent", () => {
    expect(html`${[html`<b>${"<"}</b>`, trusted("<i></i>"), null, false, undefined, 0]}`.markup).toBe(
      "<b>&lt;</b><i></i>0",
    );
  });
});

describe("the view", () => {
  const view = createView(reportFixture());

  it("refuses a path that the report does not have", () => {
    expect(() => view.money("verdict.nothing")).toThrow("the report has no verdict.nothing");
  });

  it("refuses text where a number is due", () => {
    expect(() => view.money("verdict.headline")).toThrow("not a number");
  });

  it("calls an absent value not known", () => {
    expect(view.factor("reconciliation.1.factor").markup).toContain("not known");
  });
});

describe("figures", () => {
  it.each([
    [14_975.3, "USD 14,975"],
    [870, "USD 870.00"],
    [-421.1, "\u2212USD 421.10"],
    [0.000_012_345_6, "USD 0.00001235"],
    [0, "USD 0.00"],
  ])("shows %d USD as %s", (value, text) => {
    expect(formatMoney(value).replace("\u00a0", " ")).toBe(text);
  });

  it.each([
    [0.005_851, "0.00585"],
    [0.1253, "0.125"],
    [3.01, "3.01"],
    [67.88, "67.9"],
    [1_325.456, "1,325"],
    [-2.5, "\u22122.5"],
    [0, "0"],
  ])("shows %d as %s", (value, text) => {
    expect(formatDecimal(value)).toBe(text);
  });

  it("gives a value that rounds to zero no sign", () => {
    expect(formatChange(-0.0001)).toBe("0.0");
    expect(formatShare(-0.0001)).toBe("0.0\u00a0%");
  });

  it("shortens a name to one line", () => {
    expect(shorten("two\nlines", 20)).toBe("two lines");
    expect(shorten("abcdefgh", 5)).toBe("abcd…");
  });
});
