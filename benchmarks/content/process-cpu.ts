import { readFile } from "node:fs/promises";

/** Clock ticks per second; Linux shows user space 100 whatever the kernel runs with. */
const TICKS_PER_SECOND = 100;

/** CPU seconds a process has used, user and system; `undefined` where `/proc` is not to be had. */
export async function processCpuSeconds(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  // The name, in parentheses, may hold spaces: the fields are counted from behind it.
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  const [user, system] = [Number(fields?.[11]), Number(fields?.[12])];
  return Number.isNaN(user + system) ? undefined : (user + system) / TICKS_PER_SECOND;
}
