import {
  type AbortOptions,
  type CID,
  type ContentEvents,
  type Emitter,
  errorCodeOf,
  InvalidStateError,
  NotFoundError,
  type PinKind,
  type PinOptions,
  throwIfAborted,
} from "@ipfs-kit/core";
import { assertComplete, statNode } from "@ipfs-kit/unixfs";

import type { PackBlocks } from "./blocks.ts";
import type { GarbageCollector } from "./garbage-collector.ts";
import { KeyTurns } from "./key-turns.ts";
import { IDENTITY, keyOf } from "./keys.ts";
import type { PackStore } from "./pack-store/index.ts";
import { checkName, encodePin, isKeptAlready, type KeptPin, pinKey } from "./pins.ts";
import type { Turnstile } from "./turnstile.ts";

export interface PinKeeperInit {
  packs: PackStore;
  blocks: PackBlocks;
  garbage: GarbageCollector;
  pinning: Turnstile;
  events: Emitter<ContentEvents>;
}

export interface KeepOptions extends AbortOptions {
  /** Called at the last moment before the record is queued; what it throws keeps it from that. */
  check?: (() => void) | undefined;
}

/** Pins and unpins, one after the other for one root; tells of each change once it is durable. */
export class PinKeeper {
  readonly #init: PinKeeperInit;
  readonly #turns = new KeyTurns();

  constructor(init: PinKeeperInit) {
    this.#init = init;
  }

  /** Pins what is here, once it is known to be whole. */
  async pin(cid: CID, { name, kind = "recursive", signal }: PinOptions): Promise<void> {
    checkName(name);
    const { pinning, garbage } = this.#init;
    // Together until it counts: what was looked up must not be swept before.
    await pinning.together(async () => {
      const size = await this.#sizeOf(cid, { signal });
      const unwritten = await this.#unwrittenOf(cid, kind, { signal });
      const check = () => this.#assertHere(unwritten);
      const pin: KeptPin = { cid, kind, name, size, pinnedAt: new Date() };
      await this.keep(pin, { signal, check });
      await garbage.pinned(pin);
    });
  }

  /**
   * Records a pin behind all blocks taken in so far; resolves when it is durable. Whoever calls this
   * sees to it that its blocks are not swept:
   * an operation under way does. Cannot be cancelled once the record is queued.
   */
  async keep(pin: KeptPin, { signal, check }: KeepOptions = {}): Promise<void> {
    const { packs, events } = this.#init;
    const { cid, kind, name } = pin;
    const key = pinKey(cid);
    await this.#turns.run(keyOf(key), async () => {
      await packs.room({ signal });
      throwIfAborted(signal);
      const before = packs.pins.get(cid);
      if (kind === "direct" && before?.kind === "recursive") {
        throw new InvalidStateError(`${cid.toString()} is pinned recursively: unpin it first.`);
      }
      check?.();
      if (isKeptAlready(before, pin)) return;
      await packs.note({ kind: "pin", key, payload: encodePin(pin) }).durable;
      // It stays known by the version of the CID that was pinned first.
      const known = before?.cid ?? cid;
      if (before?.kind !== kind)
        events.emit("pin_added", { cid: known, kind, name: name ?? before?.name });
      if (before === undefined) events.emit("pin_status_changed", { cid, status: "pinned" });
    });
  }

  /** Records the end of a pin; resolves when that is durable. */
  async unpin(cid: CID, { signal }: AbortOptions): Promise<void> {
    const { packs, events } = this.#init;
    const key = pinKey(cid);
    await this.#turns.run(keyOf(key), async () => {
      await packs.room({ signal });
      throwIfAborted(signal);
      const pin = packs.pins.get(cid);
      if (pin === undefined) throw new NotFoundError(`${cid.toString()} is not pinned.`);
      await packs.note({ kind: "unpin", key, payload: new Uint8Array(0) }).durable;
      events.emit("pin_removed", { cid: pin.cid });
      events.emit("pin_status_changed", { cid: pin.cid, status: "unpinned" });
    });
  }

  /**
   * Makes sure that all a pin covers is here; resolves to what of it was not on the disk yet. That may
   * still fail to get there.
   */
  async #unwrittenOf(cid: CID, kind: PinKind, options: AbortOptions): Promise<CID[]> {
    const { blocks, packs } = this.#init;
    const unwritten: CID[] = [];
    const has = async (block: CID) => {
      const isHere = await blocks.has(block, options);
      const { code, bytes } = block.multihash;
      if (code !== IDENTITY && packs.placeOf(bytes) === undefined) unwritten.push(block);
      return isHere;
    };
    const get = async (block: CID) => blocks.get(block, options);
    if (kind === "recursive") await assertComplete({ has, get }, cid, options);
    else await has(cid);
    return unwritten;
  }

  /** The record of a pin queued now is behind those of all blocks that are still on their way. */
  #assertHere(blocks: readonly CID[]): void {
    const { packs } = this.#init;
    const lost = blocks.find(({ multihash }) => !packs.has(multihash.bytes));
    if (lost === undefined) return;
    throw new NotFoundError(`Block ${lost.toString()} did not get to the disk.`, {
      details: { cid: lost.toString() },
    });
  }

  /** Of what is not UnixFS, the bytes of its block. */
  async #sizeOf(cid: CID, options: AbortOptions): Promise<number> {
    const { blocks } = this.#init;
    try {
      return (await statNode(blocks, cid, options)).size;
    } catch (error) {
      if (errorCodeOf(error) !== "not_a_file") throw error;
      return (await blocks.get(cid, options)).length;
    }
  }
}
