import { UsageError } from "../../shared/errors.js";

/** A host, and what of the run's content it would get. */
export interface Recipient {
  readonly host: string;
  /** As in "HOST would get ...". */
  readonly gets: string;
}

export interface ConsentRequest {
  readonly recipients: readonly Recipient[];
  /** `run.send_to` of the policy. */
  readonly sendTo: readonly string[];
  /** `--yes-send-to`. */
  readonly yesSendTo: readonly string[];
}

/**
 * Hosts that may be sent to: those of the run that the policy or the command line names. An entry with a port allows
 * that port alone.
 *
 * @throws UsageError TOP-RUN-CONSENT, before any call, naming each host that nobody agreed to and what it would get.
 */
export function checkConsent({ recipients, sendTo, yesSendTo }: ConsentRequest): string[] {
  const agreed = new Set([...sendTo, ...yesSendTo].map((entry) => entry.trim().toLowerCase()));
  const hosts = [...new Set(recipients.map(({ host }) => host))];
  const missing = hosts.filter(
    (host) => !agreed.has(host) && !agreed.has(new URL(`https://${host}`).hostname),
  );
  if (missing.length === 0) return hosts;
  const said = recipients.filter(({ host }) => missing.includes(host));
  throw new UsageError({
    code: "TOP-RUN-CONSENT",
    message: `Nothing was sent: no consent for ${missing.join(", ")}.`,
    found: said.map(({ host, gets }) => `${host} would get ${gets}.`).join(" "),
    fix: `Agree with: ${missing.map((host) => `--yes-send-to ${host}`).join(" ")}, or add the host to run.send_to in policy.yaml`,
  });
}

/** What the models that are compared get. */
export const samplesContent = (samples: number): string =>
  `the full message text of ${samples} samples, system prompts included, and no reference answers`;

/** What a judge gets. */
export const JUDGE_CONTENT =
  "as judge the messages of samples, the answers of both models and the reference answers";

/** What an embedding model gets. */
export const EMBEDDING_CONTENT = "for embeddings the answers of both models and the reference answers";
