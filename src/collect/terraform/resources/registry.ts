import { awsCompute, awsComputeNamed } from "./aws-compute.js";
import { awsManaged, awsManagedNamed } from "./aws-managed.js";
import { azure, azureNamed } from "./azure.js";
import { databricks } from "./databricks.js";
import { google, googleNamed } from "./google.js";
import { helm } from "./helm.js";
import { kubernetes, kubernetesNamed } from "./kubernetes.js";
import type { Reader } from "./reading.js";

/** Every resource type that says something about serving, with what reads it. */
export const readers: ReadonlyMap<string, Reader> = new Map(
  [awsCompute, awsManaged, google, azure, databricks, kubernetes, helm].flatMap((provider) =>
    Object.entries(provider),
  ),
);

/** Types that are read only where another resource names them. */
const NAMED = new Set([
  ...awsComputeNamed,
  ...awsManagedNamed,
  ...googleNamed,
  ...azureNamed,
  ...kubernetesNamed,
]);

/** Whether anything of this type is ever looked at. */
export const isRead = (type: string): boolean => readers.has(type) || NAMED.has(type);

/** For the documentation and `--explain`: types in alphabetical order. */
export const readTypes: readonly string[] = [...readers.keys(), ...NAMED].sort();
