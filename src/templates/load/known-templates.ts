import { readFile } from "node:fs/promises";
import type { Template } from "../contract.js";

/** Templates that were read and checked before, by the hash of their file's text. */
export type KnownTemplates = ReadonlyMap<string, Template>;

/** Written by scripts/build.mjs beside the code; reading the catalogue's YAML anew takes ten times as long. */
const BUILT = new URL("../known-templates.json", import.meta.url);

/** What the build knew; nothing where the code runs from its source. */
export async function readKnown(): Promise<KnownTemplates> {
  const text = await readFile(BUILT, "utf8").catch(() => "[]");
  return new Map(JSON.parse(text) as [string, Template][]);
}

export const renderKnown = (known: KnownTemplates): string => JSON.stringify([...known]);
