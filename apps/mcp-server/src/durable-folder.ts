import { mkdir, open } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** What file systems and platforms say that cannot sync a folder, and need not. */
const CANNOT_SYNC: ReadonlySet<unknown> = new Set(["EISDIR", "EPERM", "EINVAL", "EACCES"]);

/** Makes a folder and those above it that are missing; a loss of power does not undo it. */
export async function makeDurableFolder(path: string): Promise<void> {
  const folder = resolve(path);
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  // A new name is kept by the folder it stands in, hence each of them up to the first old one.
  const oldest = dirname(resolve(first));
  for (let made = folder; made !== oldest; made = dirname(made)) await syncFolder(dirname(made));
}

async function syncFolder(path: string): Promise<void> {
  try {
    const handle = await open(path, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (!CANNOT_SYNC.has(code)) throw error;
  }
}
