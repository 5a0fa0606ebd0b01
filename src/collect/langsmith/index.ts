export { langsmithCollector } from "./langsmith.js";
