import { open } from "node:fs/promises";
import { join } from "node:path";

import type { Subject } from "./subject.ts";

/** Bytes synced at a time. */
const GROUP_BYTES = 8 * 1024 * 1024;

/** No store at all: writes the bytes of each add to one file, synced in groups. Reads nothing. */
export async function openDisk(directory: string): Promise<Subject> {
  const file = await open(join(directory, "bytes"), "w");
  return {
    add: async (source) => {
      let group: Uint8Array[] = [];
      let bytes = 0;
      const write = async () => {
        await file.writev(group);
        await file.datasync();
        [group, bytes] = [[], 0];
      };
      for await (const piece of source) {
        group.push(piece);
        bytes += piece.length;
        if (bytes >= GROUP_BYTES) await write();
      }
      if (bytes > 0) await write();
      return undefined;
    },
    read: () => {
      throw new Error("A disk by itself knows no CIDs.");
    },
    [Symbol.asyncDispose]: async () => file.close(),
  };
}
