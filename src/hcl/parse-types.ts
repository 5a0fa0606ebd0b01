/** A Terraform file as written: blocks and attributes with their lines, expressions not evaluated. */
export interface HclBody {
  readonly attributes: readonly HclAttribute[];
  readonly blocks: readonly HclBlock[];
}

export interface HclAttribute {
  readonly name: string;
  /** Counts from 1. */
  readonly line: number;
  readonly expression: Expression;
}

export interface HclBlock {
  /** `resource`, `variable`, or the name of a nested block. */
  readonly type: string;
  readonly labels: readonly string[];
  readonly line: number;
  readonly body: HclBody;
}

export type Expression =
  | { readonly kind: "literal"; readonly value: string | number | boolean | null }
  /** Parts are joined as text; a template of one interpolation is that value itself. */
  | { readonly kind: "template"; readonly parts: readonly Expression[] }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "object"; readonly entries: readonly ObjectEntry[] }
  /** A bare name: `var`, `local`, a resource type, a variable of a `for`. */
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "attribute"; readonly of: Expression; readonly name: string }
  | { readonly kind: "index"; readonly of: Expression; readonly key: Expression }
  /** `of[*].steps`: the steps stand on a placeholder named `each item`. */
  | { readonly kind: "splat"; readonly of: Expression; readonly item: Expression }
  | {
      readonly kind: "call";
      readonly name: string;
      readonly given: readonly Expression[];
      readonly spread: boolean;
    }
  | {
      readonly kind: "conditional";
      readonly test: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    }
  | {
      readonly kind: "binary";
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "unary"; readonly operator: string; readonly operand: Expression }
  | ForExpression
  /** What this reader does not follow, for example template directives. */
  | { readonly kind: "other"; readonly text: string };

export interface ObjectEntry {
  readonly key: Expression;
  readonly value: Expression;
}

export interface ForExpression {
  readonly kind: "for";
  /** Names of the loop: the key's, where there are two, then the value's. */
  readonly names: readonly string[];
  readonly over: Expression;
  /** null: makes a list. */
  readonly key: Expression | null;
  readonly value: Expression;
  readonly condition: Expression | null;
  /** `...` after the value: values of equal keys form lists. */
  readonly grouped: boolean;
}

/** The placeholder that stands for one item within a splat; no Terraform name contains a space. */
export const SPLAT_ITEM = "each item";

export interface HclFault {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export type HclFile =
  | { readonly ok: true; readonly body: HclBody }
  | { readonly ok: false; readonly fault: HclFault };
