export { capabilityPeers, modelsOfClass } from "./capability-peers.js";
export type * from "./contract.js";
export { loadPriceBook } from "./load-price-book.js";
export { createPriceBook, EVERY_PROVIDER, type MatchedPriceRow, type PriceBookMeta } from "./price-book.js";
export { contextClassOf, priceUsage, ratesAt, SERVICE_TIER_NAMES, tierOf } from "./price-usage.js";
export { RATE_COLUMNS, rateColumnsAt } from "./rate-columns.js";
export { parseUserPrices, userPricesSchema } from "./user-prices.js";
