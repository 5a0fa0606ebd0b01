export { exactCache } from "./application/exact-cache.js";
export { route } from "./application/route.js";
export * from "./cells.js";
export * from "./contract.js";
export * from "./fleets.js";
export { levers } from "./registry.js";
export { potentialFleets } from "./serving/potential-fleets.js";
