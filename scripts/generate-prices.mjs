/*
 * Writes prices/list-prices.json from the provider data inside @pydantic/genai-prices (MIT licence, Pydantic; the copy
 * in node_modules, no network). Rates become decimal text in USD per million tokens; nothing is added by hand here,
 * our own terms are in prices/overrides.yaml.
 *
 *   npm run prices                     same package version: keeps the recorded date
 *   npm run prices -- --date 2026-09-23   after a version change: the day the package was published
 *
 * No clock is read: equal package and date give equal bytes. Sellers are sorted by id; models keep the order of the
 * source, since its matching rules are first come, first served.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const target = join(root, "prices/list-prices.json");

const RATES = {
  input_mtok: "input",
  cache_read_mtok: "cached",
  cache_write_mtok: "write",
  cache_write_1h_mtok: "write_1h",
  output_mtok: "output",
  output_reasoning_mtok: "reasoning",
};

// Their price pages say that output is not billed (provider comments in the source: "bills per input token only").
const BILLS_INPUT_ONLY = new Set(["typesafe", "voyageai"]);
const SAYS_FREE = /free of charge|included in the subscription/i;

/** USD per million tokens as decimal text; a token costs whole pico-USD, so six decimals are all there can be. */
function decimal(value, where, rounded) {
  const text = value.toFixed(6).replace(/\.?0+$/, "");
  if (Number(text) !== value) rounded.push(`${where}: ${value} to ${text}`);
  return text;
}

function tiersOf(prices, provider, where, rounded) {
  const known = Object.entries(prices).filter(([unit]) => unit in RATES);
  const starts = new Set([0]);
  for (const [, price] of known) for (const tier of price.tiers ?? []) starts.add(tier.start);
  return [...starts]
    .sort((a, b) => a - b)
    .map((above) => {
      const tier = { above };
      for (const [unit, name] of Object.entries(RATES)) {
        const price = prices[unit];
        if (price === undefined) continue;
        const rate =
          typeof price === "number"
            ? price
            : (price.tiers.filter((candidate) => candidate.start <= above).at(-1)?.price ?? price.base);
        tier[name] = decimal(rate, `${where} ${unit}`, rounded);
      }
      if (tier.output === undefined && BILLS_INPUT_ONLY.has(provider)) tier.output = "0";
      return tier;
    });
}

/** Turns the source's conditions into spans of dates and hours of the day. */
function spansOf(model) {
  const conditions = Array.isArray(model.prices) ? model.prices : [{ prices: model.prices }];
  const starts = conditions.flatMap(({ constraint }) =>
    constraint?.type === "start_date" ? [constraint.start_date] : [],
  );
  let from = null;
  return conditions.map(({ constraint, prices }) => {
    if (constraint?.type === "start_date") from = constraint.start_date;
    // Peak hours begin with the price change that they were announced with, so they carry its start date.
    const hours =
      constraint?.type === "time_of_date"
        ? [constraint.start_time.slice(0, 5), constraint.end_time.slice(0, 5)]
        : undefined;
    const until = hours === undefined ? starts.find((start) => from === null || start > from) : undefined;
    return { prices, from: from ?? undefined, until, hours };
  });
}

function readModel(provider, model, report) {
  const where = `${provider.id}/${model.id}`;
  const rows = [];
  for (const { prices, ...span } of spansOf(model)) {
    const other = Object.fromEntries(Object.entries(prices).filter(([unit]) => !(unit in RATES)));
    const skip = (reason) =>
      report.skipped.push({ provider: provider.id, model: model.id, from: span.from, reason, units: other });
    const isEmpty = Object.keys(prices).length === 0;
    const isFree =
      isEmpty &&
      (model.id.endsWith(":free") || SAYS_FREE.test(`${model.price_comments} ${model.description}`));
    if (isFree) rows.push({ ...span, free: true, tiers: [{ above: 0, input: "0", output: "0" }] });
    else if (isEmpty) skip("the source lists no price and does not say that the model is free");
    else if (prices.input_mtok === undefined) skip("not priced by tokens");
    else {
      const fee = prices.requests_kcount;
      const extra = fee === undefined ? undefined : [`the request fee of ${fee} USD per 1,000 calls`];
      rows.push({ ...span, not_included: extra, tiers: tiersOf(prices, provider.id, where, report.rounded) });
      if (Object.keys(other).length > 0)
        report.partial.push({ provider: provider.id, model: model.id, units: other });
    }
  }
  if (rows.length === 0) return [];
  const { id, match, context_window, deprecated } = model;
  return [
    { provider: provider.id, model: id, match, max_input_tokens: context_window, deprecated, prices: rows },
  ];
}

function recordedDate(version) {
  if (!existsSync(target)) return undefined;
  const { about } = JSON.parse(readFileSync(target, "utf8"));
  return about.version === version ? about.date : undefined;
}

/** One entry a line, so that a refresh reads as a diff of models. */
function render(file) {
  const lists = Object.entries(file).map(([key, value]) =>
    Array.isArray(value)
      ? `${JSON.stringify(key)}: [\n${value.map((item) => `  ${JSON.stringify(item)}`).join(",\n")}\n]`
      : `${JSON.stringify(key)}: ${JSON.stringify(value, null, 2)}`,
  );
  return `{\n${lists.join(",\n")}\n}\n`;
}

const entry = createRequire(import.meta.url).resolve("@pydantic/genai-prices");
const manifest = JSON.parse(readFileSync(join(dirname(entry), "../package.json"), "utf8"));
const date =
  parseArgs({ options: { date: { type: "string" } } }).values.date ?? recordedDate(manifest.version);
if (date === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(date)) {
  console.error(
    `${manifest.name} ${manifest.version} is new here. Name the day it was published:\n` +
      "  npm run prices -- --date YYYY-MM-DD",
  );
  process.exit(2);
}

// The package answers with its embedded data as long as nobody registers an updater.
const { waitForUpdate } = await import(pathToFileURL(join(dirname(entry), "index.js")).href);
const providers = [...(await waitForUpdate())].sort((a, b) => (a.id < b.id ? -1 : 1));
const report = { skipped: [], partial: [], rounded: [] };
const models = providers.flatMap((provider) =>
  provider.models.flatMap((model) => readModel(provider, model, report)),
);
const file = {
  about: {
    source: manifest.name,
    version: manifest.version,
    licence: manifest.license ?? "MIT",
    date,
    unit: "USD per million tokens; a tier holds for the whole request once its input is above `above` tokens",
    rounded: report.rounded,
  },
  sellers: providers.map((provider) => ({
    id: provider.id,
    match: provider.provider_match,
    makes: provider.model_match,
    resells: provider.fallback_model_providers,
    source: provider.pricing_urls?.[0],
  })),
  models,
  skipped: report.skipped,
  partial: report.partial,
};
writeFileSync(target, render(file));
console.error(
  `prices/list-prices.json: ${models.length} models, ${report.skipped.length} skipped, ` +
    `${report.partial.length} with charges that tokens cannot express.`,
);
