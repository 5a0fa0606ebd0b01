export { heliconeCollector } from "./helicone.js";
