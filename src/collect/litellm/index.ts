export { litellmCollector } from "./litellm.js";
