import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * Runs `node args` and returns wall seconds, processor seconds and peak resident memory in GiB. The kernel keeps the
 * peak itself (VmHWM); it is read until the process ends, so only the last few milliseconds can be missed.
 */
export function measured(args, env = {}) {
  return new Promise((done, fail) => {
    const started = process.hrtime.bigint();
    const child = spawn(process.execPath, args, {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, ...env },
    });
    let peakKiB = 0;
    let cpuSeconds = 0;
    const timer = setInterval(() => {
      peakKiB = Math.max(peakKiB, peakOf(child.pid));
      cpuSeconds = Math.max(cpuSeconds, cpuOf(child.pid));
    }, 20);
    child.on("exit", (code) => {
      clearInterval(timer);
      const seconds = Number(process.hrtime.bigint() - started) / 1e9;
      if (code === 0) done({ seconds, cpuSeconds, peakGiB: peakKiB / 1024 / 1024 });
      else fail(new Error(`node ${args.join(" ")} exited with ${code}`));
    });
  });
}

function peakOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** User and system time; 100 clock ticks a second on every Linux that Node runs on. */
function cpuOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}
