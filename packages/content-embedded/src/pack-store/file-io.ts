import { fstatSync, readSync, writevSync } from "node:fs";
import { mkdir, open, stat, type FileHandle } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** Up to here {@link readSmallAt} is the better way to read. */
export const SMALL_READ_BYTES = 32 * 1024;

/** Up to here writing takes less time than having a thread do it. */
const SMALL_WRITE_BYTES = 128 * 1024;

/** Bytes from a place in a file: fewer than asked for when the file ends before. */
export async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled === length ? buffer : buffer.subarray(0, filled);
}

/**
 * {@link readAt} without a thread: for few bytes the way to one and back takes many times as long as
 * the read, if the system has them in memory. If it has not, the event loop waits for one access of
 * the disk: a tenth of a millisecond on flash, some milliseconds on a turning one.
 */
export function readSmallAt({ fd }: FileHandle, position: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    const bytesRead = readSync(fd, buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled === length ? buffer : buffer.subarray(0, filled);
}

/**
 * Writes all the pieces at a place, however often the system takes only a part of them. A few bytes
 * it only copies to its own memory: that is done at once.
 */
export async function writeAllAt(
  file: FileHandle,
  pieces: readonly Uint8Array[],
  position: number,
): Promise<void> {
  let at = position;
  let rest = pieces.filter(({ length }) => length > 0);
  const isSmall = rest.reduce((sum, { length }) => sum + length, 0) <= SMALL_WRITE_BYTES;
  while (rest.length > 0) {
    const bytesWritten = isSmall
      ? writevSync(file.fd, rest, at)
      : (await file.writev(rest, at)).bytesWritten;
    at += bytesWritten;
    rest = dropBytes(rest, bytesWritten);
  }
}

/** Whether the file has no name any more: what is written to it is lost with its last handle. */
export function isDeleted({ fd }: FileHandle): boolean {
  return fstatSync(fd).nlink === 0;
}

function dropBytes(pieces: readonly Uint8Array[], count: number): Uint8Array[] {
  let left = count;
  const whole = pieces.findIndex(({ length }) => {
    if (length > left) return true;
    left -= length;
    return false;
  });
  if (whole < 0) return [];
  const [first, ...others] = pieces.slice(whole);
  return first === undefined ? [] : [first.subarray(left), ...others];
}

/**
 * Makes a directory and those above it, as far as they are missing; durable when this resolves. The
 * name of one that is there already is made durable too: whoever made it may have been killed before.
 */
export async function makeDirectory(path: string): Promise<void> {
  const directory = resolve(path);
  const parent = dirname(directory);
  if (await isDirectory(directory)) return syncParent(parent);
  if (parent !== directory) await makeDirectory(parent);
  // Recursive only in that it does not mind if another process was faster.
  await mkdir(directory, { recursive: true });
  await syncDirectory(parent);
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return false;
    throw error;
  }
}

/**
 * Where a folder is that cannot be synced: in one that may not be read, is read-only, or is on a file
 * system without such a call (under a mount point). We made nothing there.
 */
const NOT_OURS = new Set(["EACCES", "EPERM", "EROFS", "EINVAL"]);

async function syncParent(path: string): Promise<void> {
  try {
    await syncDirectory(path);
  } catch (error) {
    if (!NOT_OURS.has(systemCodeOf(error) ?? "")) throw error;
  }
}

/** Makes names created in a directory durable. Windows has no such call, and needs none. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** The system's code of a failed call, such as `ENOSPC`. */
export function systemCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
