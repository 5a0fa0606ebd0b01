import type { ProfileBody } from "../contract.js";
import type { RemoteProfile } from "./profile-remote.js";
import { LONGEST_LABEL } from "./source-columns.js";

/** What profile.yaml says of an engine elsewhere; nothing for events on disk. */
export function describeRemote(remote: RemoteProfile | null): Pick<ProfileBody, "engine"> {
  if (remote === null) return {};
  const { account, engine, table, notComputed } = remote;
  return {
    engine: {
      id: engine,
      table,
      rowsRead: account.readRows,
      rowsLeftOut: account.readRows - account.usableRows,
      repeatedIds: account.rowsWithId - account.distinctIds,
      notComputed: notComputed.map((each) => ({ ...each })),
    },
  };
}

export function remoteWarnings(remote: RemoteProfile | null): string[] {
  if (remote === null) return [];
  const { account, table, notComputed } = remote;
  const leftOut = account.readRows - account.usableRows;
  const repeated = account.rowsWithId - account.distinctIds;
  return [
    ...notComputed.map(
      ({ table: name, reason }) =>
        `Not computed in ${remote.engine}: ${name}, since ${reason}. No figure or plan speaks of it.`,
    ),
    ...(leftOut === 0
      ? []
      : [`${leftOut} of ${account.readRows} rows of ${table} cannot be used and are left out.`]),
    ...(repeated === 0
      ? []
      : [
          `${repeated} rows of ${table} repeat an id and are counted twice; read from a view with one row an id.`,
        ]),
    ...(account.longLabels === 0
      ? []
      : [
          `${account.longLabels} rows have a label of more than ${LONGEST_LABEL} characters, which was read as none: such text stays where it is.`,
        ]),
  ];
}
