export { posthogCollector } from "./posthog.js";
