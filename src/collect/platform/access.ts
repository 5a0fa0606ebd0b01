import { TokenOpError } from "../../shared/errors.js";
import type { AccessCheck } from "../contract.js";

/**
 * Tries one access for `check`. What is missing becomes an answer with its way out; anything that is not an error of
 * ours to word is thrown on.
 */
export async function tryAccess(
  access: string,
  attempt: () => Promise<unknown>,
  { optional = false }: { readonly optional?: boolean } = {},
): Promise<AccessCheck> {
  try {
    await attempt();
    return { access, ok: true, optional, detail: "answered", fix: null };
  } catch (error) {
    if (!(error instanceof TokenOpError)) throw error;
    const detail = [error.message, error.found].filter((part) => part !== undefined).join(" ");
    return { access, ok: false, optional, detail, fix: error.fix ?? "See tokenop discover --explain" };
  }
}
