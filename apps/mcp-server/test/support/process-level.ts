import { readdir, readFile, readlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Sockets a process has open; files and pipes come and go with the store. Needs Linux. */
export async function openSockets(pid: number): Promise<number> {
  const folder = `/proc/${pid}/fd`;
  const targets = await Promise.all(
    (await readdir(folder)).map(async (name) => readlink(join(folder, name)).catch(() => "")),
  );
  return targets.filter((target) => target.startsWith("socket:")).length;
}

/** Resident memory of a process, in MiB: now, and the most since {@link forgetPeak}. */
export async function residentMiB(pid: number): Promise<{ now: number; most: number }> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const field = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]);
  return { now: field("VmRSS") / 1024, most: field("VmHWM") / 1024 };
}

/** From now on the most is counted anew. */
export async function forgetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, "5");
}
