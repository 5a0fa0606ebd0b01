/** Whether a policy's word means a name: equal whatever the case; a final `*` or `-` stands for any ending. */
export function means(word: string, name: string): boolean {
  const [pattern, text] = [word.toLowerCase(), name.toLowerCase()];
  if (pattern.endsWith("*")) return text.startsWith(pattern.slice(0, -1));
  return pattern === text || (pattern.endsWith("-") && text.startsWith(pattern));
}

export function meansAny(words: readonly string[], names: readonly string[]): boolean {
  return words.some((word) => names.some((name) => means(word, name)));
}

/** A region as a policy may spell it: alone, or behind its cloud. */
export function regionNames(cloud: string | null, region: string): readonly string[] {
  return cloud === null ? [region] : [region, `${cloud}/${region}`];
}
