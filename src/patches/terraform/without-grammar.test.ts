import { describe, expect, it, vi } from "vitest";
import { fleetInput, wholeChange } from "../../../test/support/terraform-fixture.js";
import { UsageError } from "../../shared/errors.js";
import { terraform } from "./terraform.js";

const fault = vi.hoisted(() => ({ next: null as Error | null }));
vi.mock("../../hcl/parse-grammar.js", () => ({
  parseTree: () => Promise.reject(fault.next),
}));

const input = fleetInput(["spot", "gpu-type"], wholeChange("aws_autoscaling_group.gpu"), {
  terraform: [{ dir: "../infra", files: [{ path: "main.tf", text: "a = 1\n" }] }],
});

describe("without the optional grammar", () => {
  it("the plan's wishes for Terraform are written for people, with what is missing", async () => {
    fault.next = new UsageError({
      code: "TOP-HCL-GRAMMAR",
      message: "The grammar is not installed.",
      found: "The optional package is missing.",
      fix: "Install it.",
    });

    const [patch] = await terraform.write(input);

    expect(patch!.file).toBe("terraform.md");
    expect(patch!.text).toContain("machines of type g6e.24xlarge (gpu-type/support-gpus)");
    expect(patch!.text).toContain("The optional package is missing. Install it, then: tokenop report.");
  });

  it("any other fault is not hidden", async () => {
    fault.next = new Error("out of memory");
    await expect(terraform.write(input)).rejects.toThrow("out of memory");
  });
});
