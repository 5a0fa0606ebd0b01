/** One file before and after; `before` is empty for a new one. */
export interface FileChange {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/**
 * A unified diff that `git apply` takes and `git apply -R` takes back. Without `diff --git` lines its paths count from
 * the folder that git is started in, inside a repository or not. Line ends stay in the lines as they are.
 */
export async function unifiedDiff(changes: readonly FileChange[]): Promise<string> {
  // Loaded where it is used: most commands never touch Terraform.
  const { createTwoFilesPatch } = await import("diff");
  return changes.map((change) => oneFile(change, createTwoFilesPatch)).join("");
}

function oneFile(
  { path, before, after }: FileChange,
  createTwoFilesPatch: typeof import("diff").createTwoFilesPatch,
): string {
  const patch = createTwoFilesPatch("before", "after", before, after, undefined, undefined, { context: 3 });
  const hunks = patch.slice(patch.indexOf("@@ "));
  // A tab ends a name that has blanks in it; git would stop at the first one.
  const name = /\s/.test(path) ? `${path}\t` : path;
  const from = before === "" ? "--- /dev/null" : `--- a/${name}`;
  return `${from}\n+++ b/${name}\n${hunks}`;
}
