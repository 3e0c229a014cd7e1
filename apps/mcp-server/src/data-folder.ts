import { rmSync } from "node:fs";
import { access, constants, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { IpfsKitError } from "@ipfs-kit/core";

import { dataFolderOf } from "./platform-folders.ts";
import { makeDurableFolder } from "./durable-folder.ts";

/** The folder of one server, and its rooms. */
export interface DataFolder {
  path: string;
  /** The content store's. It locks it. */
  content: string;
  /** Which content was converted to what. */
  renditions: string;
  /** What is known of content by CID. */
  metadata: string;
  /** The disk cache's; may be deleted at any time the server does not run. */
  cache: string;
  /** Unfinished conversions; nothing in it outlives a run. */
  scratch: string;
  /** Deletes a temporary folder; leaves any other. */
  dispose(): Promise<void>;
}

export interface OpenDataFolderInit {
  /** @default the platform's */
  path: string | undefined;
  /** A fresh temporary folder instead. */
  temporary: boolean;
}

/**
 * Makes sure the folder and its rooms are there, and can be written to.
 *
 * @throws IpfsKitError `data_directory`
 */
export async function openDataFolder({ path, temporary }: OpenDataFolderInit): Promise<DataFolder> {
  const wanted = resolve(path ?? dataFolderOf(process.env));
  const folder = temporary ? await makeTemporaryFolder() : wanted;
  // A second signal, or a crash, leaves no time for dispose().
  const removeNow = () => rmSync(folder, { recursive: true, force: true });
  if (temporary) process.once("exit", removeNow);
  const rooms = {
    content: join(folder, "content"),
    renditions: join(folder, "renditions"),
    metadata: join(folder, "metadata"),
    cache: join(folder, "cache"),
    scratch: join(folder, "scratch"),
  };
  for (const room of Object.values(rooms)) await makeRoom(room);
  return {
    path: folder,
    ...rooms,
    dispose: async () => {
      if (!temporary) return;
      await rm(folder, { recursive: true, force: true });
      process.off("exit", removeNow);
    },
  };
}

async function makeTemporaryFolder(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), "ipfs-kit-"));
  } catch (error) {
    throw unusable(tmpdir(), error);
  }
}

async function makeRoom(room: string): Promise<void> {
  try {
    await makeDurableFolder(room);
    await access(room, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw unusable(room, error);
  }
}

function unusable(place: string, cause: unknown): IpfsKitError {
  return new IpfsKitError(
    "data_directory",
    `The data folder ${place} cannot be made or used: choose another with --persistence-path.`,
    { cause },
  );
}

/** Makes the scratch folder, without what a killed server left in it. Call while holding the lock. */
export async function clearScratch({ scratch }: DataFolder): Promise<void> {
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
}
