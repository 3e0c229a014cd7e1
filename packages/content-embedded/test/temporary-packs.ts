import { createHash } from "node:crypto";

import { CID, noopLogger, RAW } from "@ipfs-kit/core";
import { onTestFinished } from "vitest";

import { PackStore, type PackStoreInit } from "../src/pack-store/index.ts";
import type { PackRecord } from "../src/pack-store/record.ts";
import { encodePin, pinKey } from "../src/pins.ts";

/** A running pack store, stopped when the test is over. */
export async function openPacks(
  directory: string,
  init: Partial<PackStoreInit> = {},
): Promise<PackStore> {
  const packs = new PackStore({
    directory,
    packBytes: 256 * 1024,
    storageMaxBytes: Infinity,
    logger: noopLogger,
    ...init,
  });
  await packs.start();
  onTestFinished(async () => packs.stop());
  return packs;
}

export function multihashOf(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([0x12, 0x20, ...createHash("sha256").update(bytes).digest()]);
}

/** The record that pins a block as a root. */
export function pinRecord(
  multihash: Uint8Array,
  name: string,
  pinnedAt: Date = new Date(),
): PackRecord {
  const cid = CID.decode(Uint8Array.of(1, RAW, ...multihash));
  const pin = { kind: "recursive" as const, cid, name, size: 1, pinnedAt };
  return { kind: "pin", key: pinKey(cid), payload: encodePin(pin) };
}

export function unpinRecord(multihash: Uint8Array): PackRecord {
  const cid = CID.decode(Uint8Array.of(1, RAW, ...multihash));
  return { kind: "unpin", key: pinKey(cid), payload: new Uint8Array(0) };
}
