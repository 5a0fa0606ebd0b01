import { badge, type Page } from "../parts.js";
import { type Html, html, type Slot } from "../template.js";
import { months } from "./economics.js";

/** The first screen: what is saved, what of it is shown, what is still open. */
export function verdictSection({ report, view }: Page): Html {
  const { verdict } = report;
  const [hero, ...rest] = heroFacts({ report, view });
  return html`<header class="verdict">
<p class="over"><span>TokenOp report</span><span>${view.text("title")}</span><span>${view.day("spend.first")} to ${view.day("spend.last")}</span></p>
${badge(verdict.status)}
<dl class="hero">${hero}</dl>
<h1>${view.text("verdict.headline")}</h1>
<p class="detail">${view.text("verdict.detail")}</p>
${rest.length > 0 && html`<dl class="facts">${rest}</dl>`}
${worth({ report, view })}
${openQuestions({ report, view })}
</header>
`;
}

type Part = Pick<Page, "report" | "view">;

/** The figure that the status is about comes first, large. */
function heroFacts({ report, view }: Part): Html[] {
  const saving = (kind: "certified" | "planned", words: string) =>
    fact(
      words,
      view.money(`verdict.${kind}_saving.value`),
      html`${view.share(`verdict.${kind}_share.value`)} of cost, ${view.text(`verdict.${kind}_saving.basis`)}`,
    );
  const spend = fact(
    "Spend a month",
    view.money("spend.month.value"),
    html`${view.text("spend.month.basis")} from ${view.count("spend.events")} calls${(report.spend.fleets.value ?? 0) > 0 && html`, ${view.money("spend.fleets.value")} of it GPU fleets`}`,
  );
  switch (report.verdict.status) {
    case "spend_only":
    case "nothing_to_do":
      return [spend];
    case "uncertified":
      return [saving("planned", "Planned saving a month, not certified"), spend];
    default:
      return [
        saving("certified", "Certified saving a month"),
        saving("planned", "Planned saving a month, certified part included"),
        spend,
      ];
  }
}

const fact = (name: Slot, value: Html, note: Slot): Html =>
  html`<div><dt>${name}</dt><dd class="value">${value}</dd><dd class="note">${note}</dd></div>`;

/** What the whole plan costs once and brings, each with its interval. */
function worth({ report, view }: Part): Slot {
  const { economics } = report;
  if (economics === null) return null;
  const range = (key: string, show: (path: string) => Slot) =>
    html`${show(`economics.${key}.low`)} to ${show(`economics.${key}.high`)}, ${view.text(`economics.${key}.basis`)}`;
  const payback = (path: string) => months(view, path, report);
  return html`<dl class="facts">${[
    fact(
      "One-off cost of the whole plan",
      view.money("economics.one_off.mid"),
      html`${range("one_off", view.money)}; ${view.decimal("economics.people_hours.value")} hours of people`,
    ),
    fact("Paid back after", html`${payback("economics.payback.mid")} months`, range("payback", payback)),
    fact(
      html`Net present value over ${view.count("economics.horizon_months")} months`,
      view.money("economics.npv.mid"),
      range("npv", view.money),
    ),
    fact(
      "Chance of a loss",
      view.share("economics.chance_of_loss.value"),
      html`of ${view.count("economics.draws")} draws, ${view.text("economics.chance_of_loss.basis")}`,
    ),
  ]}</dl>`;
}

function openQuestions({ report, view }: Part): Slot {
  if (report.toProve.length === 0) return null;
  return html`<div class="open"><h2>Not certified</h2><ul>${report.toProve.map((item, index) => {
    const path = `to_prove.${index}`;
    return html`<li>${badge(item.state)} <span>${view.text(`${path}.scope`)} to ${view.text(`${path}.candidate`)}, ${view.money(`${path}.saving_usd_month`)} a month: ${stillNeeded({ view }, item, path)}</span></li>`;
  })}</ul></div>`;
}

type Open = Page["report"]["toProve"][number];

export function stillNeeded({ view }: Pick<Page, "view">, item: Open, path: string): Slot {
  if (item.state === "rejected")
    return html`the loss is beyond ${view.points(`${path}.margin`)} points; leave it out.`;
  if (item.state === "futile") return "the remaining samples cannot decide it.";
  if (item.samplesNeeded === null) return "no number of samples is expected to be enough.";
  const words = item.state === "untested" ? "at least" : "about";
  const more = item.state === "untested" ? "pairs" : "more pairs";
  return html`${words} ${view.count(`${path}.samples_needed`)} ${more} to show a loss of at most ${view.points(`${path}.margin`)} points.`;
}
