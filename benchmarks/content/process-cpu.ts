import { readFile } from "node:fs/promises";

/** Clock ticks per second; Linux shows user space 100 whatever the kernel runs with. */
const TICKS_PER_SECOND = 100;

/** CPU seconds a process has used, user and system; not a number where `/proc` is not to be had. */
export async function processCpuSeconds(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The name, in parentheses, may hold spaces: the fields are counted from behind it.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
