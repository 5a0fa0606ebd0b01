export { otelCollector, receivedFolder } from "./otel.js";
export { eventsOf } from "./receive.js";
