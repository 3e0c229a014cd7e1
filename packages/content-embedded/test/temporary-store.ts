import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import {
  createEmbeddedStore,
  type EmbeddedStore,
  type EmbeddedStoreInit,
} from "@ipfs-kit/content-embedded";
import { onTestFinished } from "vitest";

/** A directory that is gone when the test is over. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "content-embedded-"));
  onTestFinished(async () => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A running store on a directory, stopped when the test is over. */
export async function openStore(
  directory: string,
  init: Omit<EmbeddedStoreInit, "directory"> = {},
): Promise<EmbeddedStore> {
  const store = createEmbeddedStore({ directory, ...init });
  await store.start();
  onTestFinished(async () => store.stop());
  return store;
}

export async function temporaryStore(
  init: Omit<EmbeddedStoreInit, "directory"> = {},
): Promise<EmbeddedStore> {
  return openStore(await temporaryDirectory(), init);
}

/** Arguments for a Node process that runs one of the programs here, on the sources. */
export function childArguments(program: URL, ...rest: string[]): string[] {
  return ["--conditions=@ipfs-kit/source", fileURLToPath(program), ...rest];
}
