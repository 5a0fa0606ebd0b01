import type { discoveredSchema } from "../../events/contract.js";
import type { ArtifactBody } from "../../shared/artifact.js";
import { plural, usd } from "./format.js";
import { table } from "./table.js";

type Infrastructure = NonNullable<ArtifactBody<typeof discoveredSchema>["infrastructure"]>;
type Size = Infrastructure["pools"][number]["size"];

const ROWS_SHOWN = 12;

/** What runs, as `discover` shows it: counts, then machines with their prices. */
export function renderInfrastructure(found: Infrastructure): string[] {
  const { pools, endpoints, servers, undecided, sources } = found;
  const lines = [
    `Infrastructure in ${plural(sources.length, "source")}: ${plural(pools.length, "GPU pool")}, ` +
      `${plural(endpoints.length, "managed endpoint")}, ${plural(servers.length, "model server")}.`,
  ];
  for (const { address, reason } of undecided.slice(0, ROWS_SHOWN))
    lines.push(`Machine type not known: ${address} (${reason}).`);
  const rows = [...pools.map(poolRow), ...endpoints.map(endpointRow), ...servers.map(serverRow)];
  if (rows.length === 0) return lines;
  const more =
    rows.length > ROWS_SHOWN
      ? `\n... and ${plural(rows.length - ROWS_SHOWN, "more row")} in discovered.yaml`
      : "";
  const shown = table(
    ["what", "runs on or serves", "copies", "USD an hour", "status"],
    rows.slice(0, ROWS_SHOWN),
    ["left", "left", "right", "right", "left"],
  );
  return [...lines, "", shown + more];
}

function poolRow({
  address,
  instances,
  accelerator,
  size,
  price,
  status,
}: Infrastructure["pools"][number]): string[] {
  const gpus = accelerator === null ? "GPUs" : `${accelerator.count} x ${accelerator.name}`;
  return [address, `${instances[0] ?? "?"} (${gpus})`, copies(size), hourly(price), words(status)];
}

function endpointRow(endpoint: Infrastructure["endpoints"][number]): string[] {
  const { address, name, service, model, size, price, status } = endpoint;
  return [name ?? address, `${service}: ${model ?? "?"}`, copies(size), hourly(price), words(status)];
}

function serverRow({
  address,
  engine,
  model,
  replicas,
  status,
}: Infrastructure["servers"][number]): string[] {
  return [address, `${engine}: ${model ?? "?"}`, copies(replicas), "", words(status)];
}

function copies({ minimum, desired, maximum }: Size): string {
  const range = minimum === maximum ? null : `${minimum ?? "?"}-${maximum ?? "?"}`;
  if (desired === null) return range ?? `${minimum ?? "?"}`;
  return range === null ? `${desired}` : `${desired} (${range})`;
}

/** At the size that is asked for now; listed prices, so assumed. */
function hourly({ usdPerHour, usdPerInstanceHour }: Infrastructure["pools"][number]["price"]): string {
  const amount = usdPerHour.desired ?? usdPerHour.maximum;
  if (amount !== null) return `${usd(amount)} (assumed)`;
  return usdPerInstanceHour === null ? "not priced" : `${usd(usdPerInstanceHour)} each (assumed)`;
}

const words = (status: string): string => status.replaceAll("_", " ");
