import type { DoctorResult } from "../../pipeline.js";
import { table } from "./table.js";

type Findings = DoctorResult["findings"];

/** stdout of `tokenop doctor --json`. */
export function doctorJson(findings: Findings): unknown {
  return {
    ok: findings.every(({ ok, optional }) => ok || optional),
    checks: findings.map(({ subject, access, ok, optional, detail, fix }) => ({
      subject,
      access,
      ok,
      optional,
      detail,
      fix,
    })),
  };
}

export function renderDoctor(findings: Findings): string {
  const rows = findings.map(({ subject, access, ok, optional, detail }) => [
    ok ? "ok" : optional ? "absent" : "MISSING",
    subject,
    access,
    detail,
  ]);
  const fixes = findings.flatMap(({ ok, fix, subject, access }) =>
    ok || fix === null ? [] : [`${subject}, ${access}:\n  ${fix}`],
  );
  return [table(["", "of", "what", "found"], rows, ["left", "left", "left", "left"]), ...fixes].join("\n");
}
