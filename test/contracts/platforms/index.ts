import type { PlatformCase } from "./platform-case.js";

/** One entry a platform, by its collector's id. */
export const platformCases: Readonly<Record<string, PlatformCase>> = {};
