import type { Context } from "../shared/context.js";
import type { RemoteEngine, RemoteEngineId } from "./contract.js";
import { openDatabricks } from "./databricks/index.js";
import { openSnowflake } from "./snowflake/index.js";
import { openSpark } from "./spark/index.js";

const OPENERS: Readonly<Record<RemoteEngineId, (context: Context) => RemoteEngine>> = {
  snowflake: openSnowflake,
  databricks: openDatabricks,
  spark: openSpark,
};

/** An engine elsewhere by its id. Throws for settings that the environment lacks; sends nothing. */
export const openRemote = (id: RemoteEngineId, context: Context): RemoteEngine => OPENERS[id](context);
