import { variablesOf } from "../clusters/prompt-text.js";

/**
 * What two questions must have in common beside their likeness before one answer may serve both: negations and
 * opposites, numbers, quoted and coded parts, and names, in the order of the text. Likeness of words hardly sees them
 * ("not", "Paris" for "London", 3 for 4), and each turns the answer around.
 *
 * Equal signature: the guard lets pass. It errs towards different: a word that begins a sentence with a capital
 * counts as a name unless it is a common opening.
 */
export function guardSignature(text: string): string {
  return JSON.stringify([variablesOf(text), turningWords(text), namesOf(text)]);
}

/** English first, and the commonest negations of other European languages. Sorted: their place says little. */
const TURNING: ReadonlySet<string> = new Set(
  (
    "not no never none nothing nobody neither nor without cannot unable except unless " +
    "nicht kein keine keinen ohne nie niemals pas sans jamais aucun nunca sin ningún non senza mai " +
    "before after above below over under more less fewer most least minimum maximum min max first last " +
    "enable disable enabled disabled activate deactivate on off in out up down into onto from to add remove " +
    "increase decrease raise lower open close start stop buy sell send receive sent received incoming outgoing " +
    "deposit withdraw withdrawal top-up accept decline declined reject rejected approve cancel cancelled " +
    "one two three four five six seven eight nine ten eleven twelve hundred thousand million " +
    "today yesterday tomorrow daily weekly monthly yearly all only"
  ).split(" "),
);

function turningWords(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}]+(?:[-'’][\p{L}]+)*/gu) ?? [];
  return words
    .map((word) => (/n['’]t$/.test(word) || word === "cannot" || word === "cant" ? "not" : word))
    .filter((word) => TURNING.has(word))
    .sort();
}

/** Words that open a sentence with a capital without naming anything. */
const OPENINGS: ReadonlySet<string> = new Set(
  (
    "i i'm i've i'd i'll im ive what what's whats how how's why when where where's who who's which whose can could " +
    "would should will shall may might must do does did is are am was were have has had please my we we're our you " +
    "your it it's its he she they their this that these those there there's here the a an if in on at for from to " +
    "with about as and or but so also then now after before until since while by of up hi hello hey thanks thank " +
    "ok okay yes no not never some someone something any anything all every each just still only even help tell show " +
    "give explain describe list write make create find get got let let's summarize summarise translate classify " +
    "answer compare need want looking does don't doesn't didn't can't couldn't won't isn't aren't wasn't haven't " +
    "hasn't use using set check see look think suppose consider provide return generate extract rewrite fix add " +
    "remove change update is't does't cannot despite because although however once upon instead"
  ).split(" "),
);

/** Names and code identifiers, lower-cased, in the order of the text. */
function namesOf(text: string): string[] {
  const names: string[] = [];
  for (const match of text.matchAll(/[\p{L}\p{N}_$]+(?:[.:/\\'’&+#-]+[\p{L}\p{N}_$]+)*[#+]*/gu)) {
    const [word] = match;
    if (isCode(word) || isName(word, text.slice(0, match.index))) names.push(word.toLowerCase());
  }
  return names;
}

/** `snake_case`, `dotted.name`, `a/b`, `camelCase`, `C#`, `GPT4`, `NASA`. */
function isCode(word: string): boolean {
  return (
    /[_$/\\:#+]|\p{L}\.\p{L}/u.test(word) ||
    /\p{Ll}\p{Lu}/u.test(word) ||
    (/\p{L}/u.test(word) && /\p{N}/u.test(word)) ||
    /^\p{Lu}{2,}/u.test(word)
  );
}

function isName(word: string, before: string): boolean {
  if (!/^\p{Lu}/u.test(word)) return false;
  const plain = word.toLowerCase().replaceAll("’", "'");
  if (/^i(?:'\p{L}+)?$/u.test(plain)) return false;
  const opensSentence = /(?:^|[.!?:;\n\r*>•-])["'“‘(\s]*$/u.test(before);
  return !(opensSentence && OPENINGS.has(plain));
}
