import { CID, throwIfAborted, type AbortOptions } from "@ipfs-kit/core";

import { encodePin } from "../pins.ts";
import type { PackFiles } from "./pack-files.ts";
import { PACK_HEADER_BYTES } from "./pack-header.ts";
import type { PackIndex } from "./pack-index.ts";
import type { PackWriter } from "./pack-writer.ts";
import { recordBytes, type PackRecord } from "./record.ts";
import { scanPack } from "./scan.ts";

/** Pins written as one group. */
const GROUP = 500;

/** Keys remembered so that none is carried twice; beyond, all are forgotten and some carried twice. */
const MAX_KEYS = 65_536;

export interface PinCarrierInit {
  pack: number;
  files: PackFiles;
  index: PackIndex;
  writer: PackWriter;
  /** For a pack whose header is damaged. */
  salt: Uint8Array;
}

/**
 * Saves what the records of a pack say of pins before the pack is deleted: for every root named in
 * it, what is true of that root now is written at the end of the newest pack. An index made anew then
 * comes to the same pins: no pin is lost, and none comes back for which an older pack has a record.
 */
export class PinCarrier {
  readonly #init: PinCarrierInit;
  #isFlawed = false;

  constructor(init: PinCarrierInit) {
    this.#init = init;
  }

  /** Bytes of what {@link carry} would write now; Infinity when not all of the pack can be made out. */
  async bytes(options: AbortOptions = {}): Promise<number> {
    let bytes = 0;
    for await (const keys of this.#keys(options)) {
      const records = await this.#recordsOf(keys);
      bytes += records.reduce((sum, record) => sum + recordBytes(record), 0);
    }
    return this.#isFlawed ? Infinity : bytes;
  }

  async carry(options: AbortOptions = {}): Promise<void> {
    const { writer } = this.#init;
    for await (const keys of this.#keys(options)) {
      await writer.inTurn(async () => {
        // Looked up now that nothing can come between: a pin that changes later is written later.
        const records = await this.#recordsOf(keys);
        if (records.length > 0) await writer.append(records);
      });
    }
  }

  /** The roots that records of the pack name, some hundred at a time. */
  async *#keys({ signal }: AbortOptions): AsyncGenerator<Uint8Array[], void> {
    const { pack, files, salt } = this.#init;
    const known = (await files.saltOf(pack)) ?? salt;
    let from = PACK_HEADER_BYTES;
    const seen = new Set<string>();
    for (;;) {
      throwIfAborted(signal);
      const found = await files.use(pack, async (file) => {
        const { size } = await file.stat();
        const keys: Uint8Array[] = [];
        const onFlaw = () => {
          this.#isFlawed = true;
        };
        const scan = scanPack(file, { salt: known, pack, from, size, purpose: "rebuild", onFlaw });
        for await (const record of scan) {
          from = record.end;
          const text = Buffer.from(record.key).toString("latin1");
          if (record.kind === "block" || seen.has(text)) continue;
          if (seen.size >= MAX_KEYS) seen.clear();
          seen.add(text);
          keys.push(record.key);
          if (keys.length >= GROUP) break;
        }
        return keys;
      });
      if (found.length > 0) yield found;
      if (found.length < GROUP) return;
    }
  }

  async #recordsOf(keys: readonly Uint8Array[]): Promise<PackRecord[]> {
    const { pack, index, files } = this.#init;
    // Before the oldest pack there is nothing that a forgotten unpin could bring back.
    const isOldest = (await files.list())[0] === pack;
    return keys.flatMap((key): PackRecord[] => {
      const pin = index.pins.get(CID.decode(key));
      if (pin !== undefined) return [{ kind: "restated", key, payload: encodePin(pin) }];
      return isOldest ? [] : [{ kind: "unpin", key, payload: new Uint8Array(0) }];
    });
  }
}
