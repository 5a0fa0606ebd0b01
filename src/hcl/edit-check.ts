/**
 * What is wrong with a text, by HashiCorp's own parser; null: nothing. It shares nothing with the grammar that finds
 * places, so a change that only one of the two would read is noticed.
 */
export async function hclFault(file: string, text: string): Promise<string | null> {
  // Loaded where it is used: most commands never touch Terraform.
  const { parse } = await import("@cdktf/hcl2json");
  try {
    await parse(file, text);
    return null;
  } catch (fault) {
    return fault instanceof Error ? fault.message : String(fault);
  }
}
