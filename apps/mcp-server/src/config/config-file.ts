import { closeSync, openSync, readSync, statSync } from "node:fs";
import { join } from "node:path";

import { configFolderOf } from "../platform-folders.ts";
import type { Environment } from "./variable-layer.ts";

/** Above it is no configuration, whatever the name says. */
const MAX_FILE_BYTES = 1024 * 1024;

/** The file a server looks at when none is named. */
export function defaultConfigPath(env: Environment): string {
  return join(configFolderOf(env), "ipfs-kit.json");
}

/** Where configuration files are read from. */
export interface ConfigFiles {
  /**
   * The whole text; `undefined` when nothing has that name.
   *
   * @throws ConfigFileError
   */
  read(path: string): string | undefined;
}

/** It is there and cannot be read; the message says why, as a clause. */
export class ConfigFileError extends Error {
  override readonly name = "ConfigFileError";
}

/** The files of this machine. */
export const DISK_FILES: ConfigFiles = {
  read: (path) => {
    try {
      // Before it is opened: opening a pipe would wait for somebody to write into it.
      if (!statSync(path).isFile()) throw new ConfigFileError("it is no file");
      return decode(readBounded(path));
    } catch (error) {
      if (error instanceof ConfigFileError) throw error;
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "ENOENT" || code === "ENOTDIR") return undefined;
      const why =
        code === "EACCES" || code === "EPERM" ? "it is not allowed" : String(code ?? error);
      throw new ConfigFileError(why, { cause: error });
    }
  },
};

function readBounded(path: string): Uint8Array {
  const file = openSync(path, "r");
  try {
    const bytes = new Uint8Array(MAX_FILE_BYTES + 1);
    let length = 0;
    while (length < bytes.length) {
      const count = readSync(file, bytes, length, bytes.length - length, length);
      if (count === 0) return bytes.subarray(0, length);
      length += count;
    }
  } finally {
    closeSync(file);
  }
  throw new ConfigFileError("it has more than 1 MiB");
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ConfigFileError("it is not UTF-8", { cause });
  }
}
