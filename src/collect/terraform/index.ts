export { terraformCollector } from "./terraform-collector.js";
