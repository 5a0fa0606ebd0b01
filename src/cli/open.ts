import { spawn } from "node:child_process";
import { platform } from "node:process";

const OPENERS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
};

/** Opens a file with the desktop's own program; where there is none the path has been printed already. */
export async function openInBrowser(path: string): Promise<void> {
  const [command, ...args] = OPENERS[platform] ?? ["xdg-open"];
  await new Promise<void>((done) => {
    const child = spawn(command, [...args, path], { detached: true, stdio: "ignore" });
    child.on("error", () => done());
    child.on("spawn", () => {
      child.unref();
      done();
    });
  });
}
