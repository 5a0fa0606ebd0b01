import { UsageError } from "../../shared/errors.js";

export interface ConsentRequest {
  /** Hosts that content would go to. */
  readonly hosts: readonly string[];
  /** `run.send_to` of the policy. */
  readonly sendTo: readonly string[];
  /** `--yes-send-to`. */
  readonly yesSendTo: readonly string[];
  /** Samples whose messages would be sent. */
  readonly samples: number;
}

/**
 * Hosts that may be sent to: those of the run that the policy or the command line names. An entry with a port allows
 * that port alone.
 *
 * @throws UsageError TOP-RUN-CONSENT, before any call, naming each host that nobody agreed to and what it would get.
 */
export function checkConsent({ hosts, sendTo, yesSendTo, samples }: ConsentRequest): string[] {
  const agreed = new Set([...sendTo, ...yesSendTo].map((entry) => entry.trim().toLowerCase()));
  const missing = hosts.filter(
    (host) => !agreed.has(host) && !agreed.has(new URL(`https://${host}`).hostname),
  );
  if (missing.length === 0) return [...hosts];
  const flags = missing.map((host) => `--yes-send-to ${host}`).join(" ");
  throw new UsageError({
    code: "TOP-RUN-CONSENT",
    message: `Nothing was sent: no consent for ${missing.join(", ")}.`,
    found: `This run would send the full message text of ${samples} samples there, system prompts included, and no reference answers.`,
    fix: `Agree with: ${flags}, or add the host to run.send_to in policy.yaml`,
  });
}
