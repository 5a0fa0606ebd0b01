import { type ASTNode, Environment, type ParseError } from "@marcbachmann/cel-js";
import { ExpressionFault } from "./fault.js";

/** Longer text, or more operators, than any arithmetic that a reviewer can follow. */
const MAXIMUM_CHARACTERS = 2000;
const LIMITS = {
  maxAstNodes: 800,
  maxDepth: 60,
  maxCallArguments: 16,
  maxListElements: 0,
  maxMapEntries: 0,
} as const;

const grammar = new Environment({ unlistedVariablesAreDyn: true, limits: LIMITS });

const WORD_OPERATORS: Readonly<Record<string, string>> = { and: "&&", or: "||", not: "!" };

/**
 * Reads an expression with the grammar of CEL (Common Expression Language). The words and, or, not and `${name}` are
 * replaced in place, so that every position is one in `text`.
 *
 * @throws ExpressionFault where the text is no expression.
 */
export function parseExpression(text: string): ASTNode {
  if (text.length > MAXIMUM_CHARACTERS) {
    throw new ExpressionFault(
      MAXIMUM_CHARACTERS,
      `${text.length} characters`,
      `at most ${MAXIMUM_CHARACTERS} characters`,
    );
  }
  refuseForeignMarks(text);
  const plain = text
    .replace(/\$\{([^}]*)\}/g, (whole, name: string) => `  ${name} `.padEnd(whole.length))
    .replace(/\b(?:and|or|not)\b/gi, (word) => WORD_OPERATORS[word.toLowerCase()]!.padEnd(word.length));
  try {
    return grammar.parse(plain).ast;
  } catch (cause) {
    throw syntaxFault(text, cause as ParseError);
  }
}

/** Marks that CEL would read as something that expressions here do not have: texts, comments, half a `${}`. */
function refuseForeignMarks(text: string): void {
  const quote = /["'`]/.exec(text);
  if (quote !== null) {
    throw new ExpressionFault(quote.index, "a text in quotes", "numbers, true, false and names only");
  }
  const comment = text.indexOf("//");
  if (comment >= 0) throw new ExpressionFault(comment, '"//"', "one / for a division; there are no comments");
  for (const { index } of text.matchAll(/\$/g)) {
    const name = /^\$\{([^}]*)\}/.exec(text.slice(index));
    if (name === null) {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the notation itself is meant
      throw new ExpressionFault(index, '"$" without a name in braces', "a name as ${name}");
    }
    if (!/^[a-z][a-z0-9_]*$/i.test(name[1]!)) {
      throw new ExpressionFault(
        index,
        `"${name[0]}"`,
        "one name in the braces: letters, digits and underscores",
      );
    }
  }
}

function syntaxFault(text: string, cause: ParseError): ExpressionFault {
  const offset = Math.min(cause.range?.start ?? 0, text.length);
  if (cause.code === "limit_exceeded") {
    return new ExpressionFault(
      offset,
      "an expression with too many parts or levels",
      `at most ${LIMITS.maxAstNodes} parts and ${LIMITS.maxDepth} levels of brackets, and no lists or maps`,
    );
  }
  const rest = /^\s*([\w.]+|\S)/.exec(text.slice(offset))?.[1];
  const found = rest === undefined ? "the end of the expression" : `"${rest}"`;
  return new ExpressionFault(offset, found, "a number, a name, an operator or a bracket that fits here");
}
