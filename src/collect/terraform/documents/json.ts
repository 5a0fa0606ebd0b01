import { UsageError } from "../../../shared/errors.js";
import { isList, isValues, type Value, type Values } from "../value.js";

export type JsonKind = "state" | "plan" | "raw-state";

/** Versions of `terraform show -json` that are read; unknown properties of them are ignored, as its makers ask. */
const FORMAT_VERSIONS = /^[01]\./;

/**
 * @throws UsageError TOP-TERRAFORM-JSON with file and line for a text that is no JSON, and for a version that is not
 *   read.
 */
export function parseJson(text: string, file: string): Value {
  try {
    // A mark at the beginning is what PowerShell's `>` leaves.
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text) as Value;
  } catch (cause) {
    const position = /position (\d+)/.exec((cause as Error).message)?.[1];
    const at = position === undefined ? text.length : Number(position);
    throw refused(
      `${file}:${text.slice(0, at).split("\n").length}: not valid JSON.`,
      "The text ends early or was edited.",
    );
  }
}

/** Which of Terraform's documents a value is; null for any other JSON. Throws as `parseJson`. */
export function kindOfJson(value: Value, file: string): JsonKind | null {
  if (!isValues(value)) return null;
  if (isList(value.resources) && typeof value.version === "number" && "lineage" in value) {
    if (value.version === 4) return "raw-state";
    throw refused(
      `${file}:1: a state file of version ${value.version} is not read, only version 4.`,
      UPGRADE,
    );
  }
  const version = value.format_version;
  if (typeof version !== "string" || !looksShown(value)) return null;
  if (!FORMAT_VERSIONS.test(version)) {
    throw refused(
      `${file}:1: format_version ${version.slice(0, 20)} is not read, only 0.x and 1.x.`,
      UPGRADE,
    );
  }
  return "planned_values" in value || "resource_changes" in value ? "plan" : "state";
}

const UPGRADE = "Terraform itself reads it: run terraform show -json with a version that does.";

/** An empty state has neither values nor a plan, only its versions. */
function looksShown(value: Values): boolean {
  return ["values", "planned_values", "resource_changes", "terraform_version"].some((key) => key in value);
}

function refused(message: string, found: string): UsageError {
  return new UsageError({
    code: "TOP-TERRAFORM-JSON",
    message,
    found,
    fix: "Write it again: terraform show -json > state.json",
  });
}

export const valuesAt = (value: Value | undefined, key: string): Values | null => {
  const found = isValues(value) ? value[key] : undefined;
  return isValues(found) ? found : null;
};

export const listAt = (value: Value | undefined, key: string): readonly Values[] => {
  const found = isValues(value) ? value[key] : undefined;
  return isList(found) ? found.filter((item): item is Values => isValues(item)) : [];
};

export const textAt = (value: Value | undefined, key: string): string => {
  const found = isValues(value) ? value[key] : undefined;
  return typeof found === "string" ? found : "";
};
