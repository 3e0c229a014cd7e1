import { mkdir, open, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** What file systems and platforms say that cannot sync a folder, and need not. */
const CANNOT_SYNC: ReadonlySet<unknown> = new Set(["EISDIR", "EPERM", "EINVAL", "EACCES"]);

/** Makes a folder and those above it that are missing; a loss of power does not undo it. */
export async function makeDurableFolder(path: string): Promise<void> {
  const folder = resolve(path);
  const first = await makeFolders(folder);
  if (first === undefined) return;
  // A new name is kept by the folder it stands in, hence each of them up to the first old one.
  const oldest = dirname(resolve(first));
  for (let made = folder; made !== oldest; made = dirname(made)) await syncFolder(dirname(made));
}

/**
 * Makes a folder and those above it that are missing. Node's own `recursive` tries for ever where
 * nothing can be made, as in `/proc`.
 *
 * @returns the first that was made; `undefined` when all were there
 * @throws the error of the file system
 */
export async function makeFolders(
  path: string,
  { mode = 0o777 }: { mode?: number } = {},
): Promise<string | undefined> {
  const folder = resolve(path);
  const parent = dirname(folder);
  if (await makeFolder(folder, mode, parent !== folder)) return folder;
  if (await isFolder(folder)) return undefined;
  const first = await makeFolders(parent, { mode });
  const made = await makeFolder(folder, mode, false);
  return first ?? (made ? folder : undefined);
}

/** @returns whether it was made: not when it was there, nor, if that may be, when its parent is missing */
async function makeFolder(folder: string, mode: number, mayMissParent: boolean): Promise<boolean> {
  try {
    await mkdir(folder, { mode });
    return true;
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if ((isMissing && mayMissParent) || (await isFolder(folder))) return false;
    throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true;
}

/** What was made, renamed or removed in a folder stays so after a loss of power. */
export async function syncFolder(path: string): Promise<void> {
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
