// Loaded into a command line under test with `node --import`: notes every connection and name lookup of the process
// in the file that WATCH_NETWORK names, one a line.
import dns from "node:dns";
import { appendFileSync } from "node:fs";
import net from "node:net";

const file = process.env.WATCH_NETWORK;
const note = (line) => appendFileSync(file, `${line}\n`);

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function watched(...given) {
  const [options] = Array.isArray(given[0]) ? given[0] : given;
  if (typeof options === "object" && options !== null && options.path === undefined)
    note(`connect ${options.host ?? "localhost"}:${options.port}`);
  return connect.apply(this, given);
};

for (const owner of [dns, dns.promises]) {
  const lookup = owner.lookup;
  owner.lookup = function watched(name, ...rest) {
    note(`lookup ${name}`);
    return lookup.call(this, name, ...rest);
  };
}
