/** What a stage may say while it works. Nothing here reaches stdout: that is for data. */
export interface Logger {
  info(message: string): void;
  warn(message: string): void;
  /** Progress of long work; `fraction` in 0..1, or null when unknown. Rendered only where someone watches. */
  progress(stage: string, fraction: number | null, detail?: string): void;
}

export const silentLogger: Logger = { info() {}, warn() {}, progress() {} };

const SECRET_NAME = /(key|token|secret|password|passwd|credential|authorization)/i;

/**
 * Replaces the value of every secret-named environment variable in `text` by `[redacted NAME]`.
 * Values shorter than eight characters are left: redacting `1` would destroy every number.
 */
export function redactSecrets(text: string, env: Readonly<Record<string, string | undefined>>): string {
  let result = text;
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || value.length < 8 || !SECRET_NAME.test(name)) continue;
    result = result.replaceAll(value, `[redacted ${name}]`);
  }
  return result.replace(/\b(sk|pk|rk)-[A-Za-z0-9_-]{16,}\b/g, "[redacted key]");
}
