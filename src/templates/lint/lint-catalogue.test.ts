// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the notation of templates is meant
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EXAMPLE, EXAMPLE_FILE, exampleWith, lineOf, parsedFrom } from "../fixtures/example.js";
import { parseTemplate } from "../load/parse-template.js";
import { lintTemplates } from "./lint-catalogue.js";

const OPTIONS = { leverIds: ["exact-cache", "route"], otherIds: ["other-template"] };

const lint = (text: string, file?: string) => lintTemplates([parsedFrom(text, file)], OPTIONS);

type Change = readonly [from: string, to: string];

const SECTION =
  "## Monitor\n\nWatch the hit rate. When it falls to half of what it was, something new stands in the requests, and the cache only costs\nmemory.";

describe("lint", () => {
  it("finds nothing in a template without a fault", () => {
    expect(lint(EXAMPLE)).toEqual([]);
  });

  it.each<[string, Change, string, string, string]>([
    [
      "an expression with an unknown name",
      ["${baseline} * ${hit_rate}", "${baseline} * ${hitrate}"],
      "TOP-TEMPLATE-EXPRESSION",
      "economics.projected_improvement",
      "perhaps hit_rate",
    ],
    [
      "a baseline that uses itself",
      ["${monthly_requests} * ${usd_per_request}", "${baseline} * ${usd_per_request}"],
      "TOP-TEMPLATE-EXPRESSION",
      "economics.baseline_calculation",
      "one of monthly_requests",
    ],
    [
      "hours that are no amount",
      ["ceil(monthly_requests / 10000)", "monthly_requests > 10000"],
      "TOP-TEMPLATE-EXPRESSION",
      "economics.implementation_cost.engineering_hours",
      "an amount",
    ],
    [
      "criteria over an output that is not declared",
      ["AND hits > 0", "AND hitz > 0"],
      "TOP-TEMPLATE-EXPRESSION",
      "implementation.automated_steps.0.validation.success_criteria",
      "perhaps hits",
    ],
    [
      "criteria that are an amount",
      ["exit_code == 0 AND ready AND hits > 0", "exit_code + 1"],
      "TOP-TEMPLATE-EXPRESSION",
      "implementation.automated_steps.0.validation.success_criteria",
      "true or false",
    ],
    [
      "a trigger over a metric that is none",
      ["hit_rate < baseline * 0.5", "hits < baseline * 0.5"],
      "TOP-TEMPLATE-CONDITION",
      "monitoring.rollback_triggers.0.condition",
      "hit_rate",
    ],
    [
      "a trigger with a strange duration",
      ["for 30 minutes", "for half an hour"],
      "TOP-TEMPLATE-CONDITION",
      "monitoring.rollback_triggers.0.condition",
      "consecutive",
    ],
    [
      "a threshold that is no number",
      ['"< 10%"', '"< baseline"'],
      "TOP-TEMPLATE-CONDITION",
      "monitoring.key_metrics.0.alert_threshold",
      "a comparison",
    ],
    [
      "a share beyond 1",
      ['">= 10%"', '">= 10"'],
      "TOP-TEMPLATE-MATCH",
      "environment_match.repeated_request_share",
      "from 0 to 1",
    ],
    [
      "no condition at all",
      ['  repeated_request_share: ">= 10%"\n  providers: [openai, anthropic]', "  {}"],
      "TOP-TEMPLATE-MATCH",
      "environment_match",
      "at least one",
    ],
    [
      "a saving outside its own range",
      ["default: 0.25", "default: 0.75"],
      "TOP-TEMPLATE-CLAIM",
      "economics.projected_improvement",
      "10 % to 40 %",
    ],
    [
      "a baseline of nothing",
      ["default: 100000", "default: 0"],
      "TOP-TEMPLATE-CLAIM",
      "economics.baseline_calculation",
      "more than 0",
    ],
    [
      "arithmetic without a result",
      ["${monthly_requests} * ${usd_per_request}", "${monthly_requests} / (${usd_per_request} - 0.02)"],
      "TOP-TEMPLATE-CLAIM",
      "economics",
      "other than 0",
    ],
    [
      "a saving claimed without a lever",
      ["lever: exact-cache", "lever: none"],
      "TOP-TEMPLATE-CLAIM",
      "optimization.expected_cost_reduction",
      "0 to 0",
    ],
    [
      "a range upside down",
      ["low: 0.1", "low: 0.9"],
      "TOP-TEMPLATE-CLAIM",
      "optimization.expected_cost_reduction",
      "low at most high",
    ],
    [
      "none beside a lever",
      ["lever: exact-cache", "lever: [exact-cache, none]"],
      "TOP-TEMPLATE-CLAIM",
      "optimization.lever",
      "either none or",
    ],
    [
      "an input out of its range",
      ["default: 0.25", "default: 1.25"],
      "TOP-TEMPLATE-CLAIM",
      "economics.inputs.2.default",
      "0 to 1",
    ],
    [
      "an input twice",
      ["- name: usd_per_request", "- name: hit_rate"],
      "TOP-TEMPLATE-CLAIM",
      "economics.inputs.2.name",
      "a name of its own",
    ],
    [
      "a figure without a source",
      ["      source: tokenop profile, reuse of whole requests\n", ""],
      "TOP-TEMPLATE-CLAIM",
      "economics.inputs.2.basis",
      "a source",
    ],
    [
      "a source that is none",
      ["https://example.com/exact-cache", "industry standard"],
      "TOP-TEMPLATE-CLAIM",
      "evidence.0.source",
      "a URL",
    ],
    [
      "a variable that is explained nowhere",
      ['test -f "$CACHE_CONFIG"', 'test -f "$CACHE_FILE"'],
      "TOP-TEMPLATE-COMMAND",
      "implementation.prerequisites.0.validation_command",
      "implementation.variables",
    ],
    [
      "a metric twice",
      [
        "  rollback_triggers:",
        '    - name: hit_rate\n      unit: share\n      target: "> 1%"\n      alert_threshold: "< 1%"\n  rollback_triggers:',
      ],
      "TOP-TEMPLATE-COMMAND",
      "monitoring.key_metrics.1.name",
      "a name of its own",
    ],
    ["a section that is missing", [SECTION, ""], "TOP-TEMPLATE-BODY", "Monitor", "## Monitor"],
    [
      "a section that says nothing",
      [SECTION, "## Monitor\n\nWatch it."],
      "TOP-TEMPLATE-BODY",
      "Monitor",
      "at least 15",
    ],
    [
      "a text that is not finished",
      ["Put the configuration back", "TODO: put the configuration back"],
      "TOP-TEMPLATE-BODY",
      "body",
      "the text itself",
    ],
    [
      "a success count",
      ["Answers in the cache", "With 120 successful deployments, answers in the cache"],
      "TOP-TEMPLATE-CLAIM",
      "body",
      "a figure with its source",
    ],
    [
      "a rating",
      ["A request that repeats", "Rated 4.8/5, a request that repeats"],
      "TOP-TEMPLATE-CLAIM",
      "evidence.0.claim",
      "a figure with its source",
    ],
    [
      "a template that does not exist",
      ["[other-template]", "[other-templat]"],
      "TOP-TEMPLATE-REFERENCE",
      "optimization.synergizes_with.0",
      '"other-template"',
    ],
    [
      "itself as a reference",
      ["[other-template]", "[example-caching]"],
      "TOP-TEMPLATE-REFERENCE",
      "optimization.synergizes_with.0",
      "another template",
    ],
    [
      "a lever that does not exist",
      ["lever: exact-cache", "lever: exact-cach"],
      "TOP-TEMPLATE-REFERENCE",
      "optimization.lever",
      '"exact-cache"',
    ],
    [
      "a conflict with what it builds on",
      [
        "synergizes_with: [other-template]",
        "synergizes_with: [other-template]\n  conflicts_with: [other-template]",
      ],
      "TOP-TEMPLATE-REFERENCE",
      "optimization.conflicts_with.0",
      "one or the other",
    ],
    [
      "an id that is not the file's",
      ["id: example-caching", "id: example-cache"],
      "TOP-TEMPLATE-PLACE",
      "id",
      "example-cache.md",
    ],
    [
      "a layer that is not the folder's",
      ["layer: application", "layer: [application, serving]"],
      "TOP-TEMPLATE-PLACE",
      "layer",
      "cross-layer",
    ],
  ])("finds %s", (_what, change, code, field, expected) => {
    const problems = lint(exampleWith(change));
    const problem = problems.find((candidate) => candidate.code === code && candidate.field === field);
    expect(problem, JSON.stringify(problems)).toBeDefined();
    expect(problem!.expected).toContain(expected);
    expect(problem!.line).toBeGreaterThan(1);
  });

  it("points into an expression, line and column of the file", () => {
    const text = exampleWith(["hits > 0", "hitz > 0"]);
    const [problem] = lint(text);
    const line = text.split("\n")[lineOf("hitz", text) - 1]!;
    expect(problem).toMatchObject({ line: lineOf("hitz", text), column: line.indexOf("hitz") + 1 });
  });

  it("points at the line of the body", () => {
    const text = exampleWith(["Put the configuration back", "TBD the configuration back"]);
    expect(lint(text)).toMatchObject([{ line: lineOf("TBD", text) }]);
  });

  it("finds inputs and variables that nothing uses", () => {
    const idle = exampleWith([
      "    - name: hit_rate",
      "    - name: idle\n      unit: share\n      default: 0\n      description: Nothing.\n    - name: hit_rate",
    ]);
    expect(lint(idle)).toMatchObject([{ code: "TOP-TEMPLATE-CLAIM", field: "economics.inputs.2.name" }]);
    const unread = exampleWith([
      "    - name: CACHE_CONFIG",
      "    - name: UNREAD\n      description: Nothing.\n      example: x\n    - name: CACHE_CONFIG",
    ]);
    expect(lint(unread)).toMatchObject([
      { code: "TOP-TEMPLATE-COMMAND", field: "implementation.variables.0.name" },
    ]);
  });

  it("wants a result at both ends of every input's range", () => {
    const divided = exampleWith(["${baseline} * ${hit_rate}", "${baseline} * 0.005 / ${usd_per_request}"]);
    expect(lint(divided.replace("${baseline} * 0.005", "${hit_rate} + ${baseline} * 0.005"))).toMatchObject([
      { code: "TOP-TEMPLATE-CLAIM", field: "economics.inputs.1", found: "a division by zero" },
    ]);
  });

  it("takes variables that the commands set themselves, and what every shell has", () => {
    const text = exampleWith([
      'cp "$CACHE_CONFIG" "$CACHE_CONFIG.before"',
      'N=1; cp "$CACHE_CONFIG" "$HOME/$N" && awk \'{ print $NF }\' x',
    ]);
    expect(lint(text)).toEqual([]);
  });

  it("takes no saving from a template without a lever, also a running cost", () => {
    const none: Change[] = [
      ["lever: exact-cache", "lever: none"],
      ["low: 0.1", "low: 0"],
      ["high: 0.4", "high: 0"],
    ];
    expect(lint(exampleWith(...none, ["${baseline} * ${hit_rate}", "-50 * ${hit_rate}"]))).toEqual([]);
    expect(lint(exampleWith(...none))).toMatchObject([{ field: "economics.projected_improvement" }]);
  });

  it("says what is wrong with any template that fits the schema, and never fails in another way", () => {
    const lines = EXAMPLE.split("\n");
    fc.assert(
      fc.property(fc.nat(lines.length - 1), fc.string({ maxLength: 40 }), (index, text) => {
        const [key = ""] = /^[ -]*[a-z_]+: /.exec(lines[index]!) ?? [];
        const result = parseTemplate(lines.with(index, `${key}${text}`).join("\n"), EXAMPLE_FILE);
        if (!("parsed" in result)) return;
        for (const problem of lintTemplates([result.parsed], OPTIONS)) {
          expect(problem.code).toMatch(/^TOP-TEMPLATE-/);
          expect(problem.line).toBeLessThanOrEqual(lines.length);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("refuses the same id twice, and sorts by file and place", () => {
    const copy = "templates/application-layer/zz/example-caching.md";
    const problems = lintTemplates([parsedFrom(EXAMPLE, copy), parsedFrom()], OPTIONS);
    expect(problems).toMatchObject([{ code: "TOP-TEMPLATE-DUPLICATE", field: "id", line: 2, column: 5 }]);
  });

  it("asks nothing of folders that are no layer", () => {
    expect(lint(EXAMPLE, "/tmp/mine/example-caching.md")).toEqual([]);
    expect(lint(EXAMPLE, "example-caching.md")).toEqual([]);
    expect(lint(EXAMPLE, "serving-layer/example-caching.md")).toMatchObject([{ code: "TOP-TEMPLATE-PLACE" }]);
  });
});
