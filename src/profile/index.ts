export { type BuiltProfile, buildProfile, type ProfileInput } from "./build-profile.js";
export * from "./contract.js";
export { loadChargeDays } from "./load-charge-days.js";
export { loadWorkload, type ProfileArtifact } from "./load-workload.js";
export { hashTenant } from "./remote/hash-tenant.js";
export { explainRemote, type RemoteSource } from "./remote/profile-remote.js";
export type { Question } from "./remote/questions.js";
export { createPrefixLru, type PrefixHit, type PrefixRequest, prefixHitShare } from "./reuse/replay-lru.js";
export { SAMPLE_DESIGNS, type SampleDesign } from "./samples/draw-samples.js";
