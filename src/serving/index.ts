export { type BenchmarkFile, readBenchmarks } from "./benchmarks.js";
export { type BreakEven, type BreakEvenInput, breakEven } from "./break-even.js";
export * from "./contract.js";
export { loadFleetBenchmarks, loadFleets } from "./fleet-file.js";
export { capacityOf, createHardwareBook, withBenchmarks } from "./hardware-book.js";
export { loadHardwareBook } from "./load-hardware-book.js";
export { SPOT_ASSUMPTIONS, spotOverhead } from "./spot.js";
