import {
  type AbortOptions,
  type CID,
  errorCodeOf,
  InvalidStateError,
  IpfsKitError,
  NotFoundError,
  type PinKind,
  type PinOptions,
  throwIfAborted,
  UnavailableError,
} from "@ipfs-kit/core";

import { MAX_NAME_BYTES } from "./defaults.ts";
import { KeyedTurns } from "./keyed-turns.ts";
import { PinsUnderWay, rootKey } from "./pins-under-way.ts";
import { field, textField } from "./rpc/answer.ts";
import { notKubo } from "./rpc/kubo-error.ts";
import type { KuboRpc } from "./rpc/kubo-rpc.ts";

/** A pin as Kubo knows it: neither size nor time. */
export interface KuboPin {
  /** In the version it was pinned under. */
  cid: CID;
  kind: PinKind;
  name: string | undefined;
}

const DAG_PB = 0x70;
const SHA2_256 = 0x12;

/** Kubo's pins, one by one. */
export class KuboPins {
  readonly underWay = new PinsUnderWay();
  /** Who holds the turn of a root may pin it, rename it or let it go. */
  readonly #turns = new KeyedTurns();
  readonly #rpc: KuboRpc;

  constructor(rpc: KuboRpc) {
    this.#rpc = rpc;
  }

  /** The pin of a root, under whichever version of its CID. */
  async lookUp(cid: CID, options: AbortOptions = {}): Promise<KuboPin | undefined> {
    for await (const pin of this.#pinsOf(cid, options)) return pin;
    return undefined;
  }

  /** `Qm…` and `bafy…` of one node are one pin here, and two for Kubo: both are looked up. */
  async *#pinsOf(cid: CID, options: AbortOptions): AsyncGenerator<KuboPin, void> {
    for (const version of versionsOf(cid)) {
      for (const kind of ["recursive", "direct"] as const) {
        const name = await this.#nameOf(version, kind, options);
        if (name !== undefined) yield { cid: version, kind, name: name === "" ? undefined : name };
      }
    }
  }

  /**
   * Pins what is in Kubo or can be had by it.
   *
   * @returns what is different now: a name is no more than `renamed`, a direct pin that became
   *   recursive is `widened`
   */
  async add(
    cid: CID,
    { kind = "recursive", name, offline, signal }: PinOptions & { offline: boolean },
  ): Promise<"none" | "renamed" | "widened" | "pinned"> {
    return this.#noticed(cid, { signal }, async () => {
      const known = await this.lookUp(cid, { signal });
      if (known?.kind === "recursive" && kind === "direct") throw pinnedRecursively(cid);
      if (known?.kind === kind) {
        if (name === undefined || name === (known.name ?? "")) return "none";
        await this.#rename(known.cid, name, kind, { signal });
        return "renamed";
      }
      await this.#add(known?.cid ?? cid, { kind, name: name ?? known?.name, offline, signal });
      return known === undefined ? "pinned" : "widened";
    });
  }

  /** Names what an add has just had pinned: Kubo has been through it. */
  async nameNew(cid: CID, name: string): Promise<void> {
    await this.#inTurn(cid, {}, async () => this.#setName(cid, name, "recursive"));
  }

  /**
   * Gives a pin another name. Kubo takes the pin away, goes through the DAG and pins it again: so it is
   * made sure first that this will not fail for a missing block.
   */
  async #rename(cid: CID, name: string, kind: PinKind, { signal }: AbortOptions): Promise<void> {
    const command = kind === "recursive" ? "dag/stat" : "block/stat";
    const progress = kind === "recursive" ? false : undefined;
    const params = { arg: cid.toString(), offline: true, progress };
    await this.#rpc.json(command, { params, signal, requestMs: this.#rpc.timeouts.commitMs });
    throwIfAborted(signal);
    await this.#setName(cid, name, kind);
  }

  /** While the pin is away, nothing cancels this, not even the stop of the store. */
  async #setName(cid: CID, name: string, kind: PinKind): Promise<void> {
    await this.#add(cid, { kind, name, offline: true, outlivesStop: true });
  }

  /**
   * The pin that was there. Of both versions of a CID, both are let go.
   *
   * @throws NotFoundError when there is none
   */
  async remove(cid: CID, { signal }: AbortOptions = {}): Promise<KuboPin> {
    return this.#noticed(cid, { signal }, async () => {
      let first: KuboPin | undefined;
      for await (const pin of this.#pinsOf(cid, { signal })) {
        const text = pin.cid.toString();
        const answer = await this.#rpc.json("pin/rm", { params: { arg: text }, signal });
        if (!isNamedIn(answer, text)) throw notKubo(`it does not say that it unpinned ${text}`);
        first ??= pin;
      }
      if (first === undefined) throw new NotFoundError(`${cid.toString()} is not pinned.`);
      this.underWay.letGo(cid);
      return first;
    });
  }

  /** Those who add the same at this time are to look at the pin again. */
  async #noticed<T>(cid: CID, { signal }: AbortOptions, change: () => Promise<T>): Promise<T> {
    const stay = this.underWay.enter([cid]);
    try {
      return await this.#inTurn(cid, { signal }, change);
    } finally {
      stay.leave();
    }
  }

  /** Lets one at a time change the pin of a root. */
  async #inTurn<T>(cid: CID, { signal }: AbortOptions, change: () => Promise<T>): Promise<T> {
    throwIfAborted(signal);
    const giveBack = await this.#turns.take(rootKey(cid), signal);
    try {
      return await change();
    } finally {
      giveBack();
    }
  }

  async #add(
    cid: CID,
    {
      kind,
      name,
      offline,
      outlivesStop,
      signal,
    }: PinOptions & { offline: boolean; outlivesStop?: boolean },
  ): Promise<void> {
    const params = {
      arg: cid.toString(),
      recursive: kind === "recursive",
      name,
      offline: offline || undefined,
      // Kubo tells twice a second how far it is: a sign of life, if not of progress.
      progress: true,
    };
    let isPinned = false;
    let progress: unknown = 0;
    let progressAt = performance.now();
    const { requestMs } = this.#rpc.timeouts;
    for await (const line of this.#rpc.lines("pin/add", { params, signal, outlivesStop })) {
      isPinned ||= isNamedIn(line, cid.toString());
      const now = field(line, "Progress");
      if (now !== progress) [progress, progressAt] = [now, performance.now()];
      if (performance.now() - progressAt > requestMs) throw stuck(cid, requestMs);
    }
    if (!isPinned) throw notKubo(`it does not say that it pinned ${cid.toString()}`);
  }

  /** The name of a pin of this kind, empty when it has none; `undefined` when there is no such pin. */
  async #nameOf(cid: CID, kind: PinKind, { signal }: AbortOptions): Promise<string | undefined> {
    const text = cid.toString();
    // Not `type=all`: then Kubo goes through every DAG it has pinned to see whether one holds this.
    const params = { arg: text, type: kind, names: true };
    let answer: unknown;
    try {
      answer = await this.#rpc.json("pin/ls", { params, signal });
    } catch (error) {
      if (errorCodeOf(error) === "not_found") return undefined;
      throw error;
    }
    const pin = field(field(answer, "Keys"), text);
    if (textField(pin, "Type") !== kind) throw notKubo("it lists a pin of another kind");
    return textField(pin, "Name");
  }
}

/** @throws IpfsKitError `invalid_request` when Kubo would not take it */
export function checkName(name: string | undefined): void {
  if (name === undefined || Buffer.byteLength(name) <= MAX_NAME_BYTES) return;
  throw new IpfsKitError("invalid_request", `A name has at most ${MAX_NAME_BYTES} bytes of UTF-8.`);
}

/** Whether an answer to `pin/add` or `pin/rm` speaks of this CID. */
function isNamedIn(answer: unknown, cid: string): boolean {
  const pins = field(answer, "Pins");
  return Array.isArray(pins) && pins.includes(cid);
}

function versionsOf(cid: CID): CID[] {
  if (cid.code !== DAG_PB || cid.multihash.code !== SHA2_256) return [cid];
  return cid.version === 0 ? [cid, cid.toV1()] : [cid, cid.toV0()];
}

function pinnedRecursively(cid: CID): InvalidStateError {
  return new InvalidStateError(`${cid.toString()} has a recursive pin, which covers more.`);
}

function stuck(cid: CID, ms: number): UnavailableError {
  return new UnavailableError(`Kubo has found no more of ${cid.toString()} for ${ms} ms.`, {
    details: { reason: "kubo_error" },
  });
}
