import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Arguments of a Terraform resource, as the type declarations that are made from its provider's schema have them. */
export interface ProviderTypes {
  /** Whether `a.b.c` is an argument of a resource, through its nested blocks. */
  knows(resource: string, place: string): boolean;
}

/** Arguments that Terraform itself gives to every resource. */
const META = new Set(["count", "for_each", "lifecycle", "provider", "depends_on"]);

export function providerTypes(folder: string): ProviderTypes {
  const texts = new Map<string, string>();
  const declarations = (resource: string): string => {
    const [provider, ...name] = resource.split("_");
    const path = join(folder, provider!, "package/lib", name.join("-"), "index.d.ts");
    if (!texts.has(path)) texts.set(path, readFileSync(path, "utf8"));
    return texts.get(path)!;
  };
  return {
    knows(resource, place) {
      const text = declarations(resource);
      const steps = place.split(".");
      if (META.has(steps[0]!)) return true;
      let type = `${pascal(resource.slice(resource.indexOf("_") + 1))}Config`;
      for (const [index, step] of steps.entries()) {
        const body = new RegExp(`export interface ${type} [^{]*\\{([\\s\\S]*?)\\n\\}`).exec(text)?.[1];
        const found = new RegExp(`readonly ${camel(step)}\\??: (\\{|[A-Za-z0-9]+)`).exec(body ?? "");
        if (found === null) return false;
        if (index < steps.length - 1) type = found[1]!;
      }
      return true;
    },
  };
}

const camel = (snake: string): string =>
  snake.replaceAll(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
const pascal = (snake: string): string => camel(`_${snake}`);
