import { type CID, InvalidStateError, IpfsKitError, type Pin, type PinPage } from "@ipfs-kit/core";
import type { ListPinsOptions } from "@ipfs-kit/core";

const PAGE_ROWS = 100;
const MAX_NAME_BYTES = 4096;

/** The roots that are kept, in the order they were pinned. */
export class MemoryPins implements Iterable<Pin> {
  readonly #rows = new Map<string, { place: number; pin: Pin }>();
  #places = 0;

  get(cid: CID): Pin | undefined {
    return this.#rows.get(pinKey(cid))?.pin;
  }

  /** What is pinned already keeps its place, time and name unless one is given. */
  set(pin: Pin): void {
    const known = this.#rows.get(pinKey(pin.cid));
    if (known?.pin.kind === "recursive" && pin.kind === "direct") {
      throw new InvalidStateError(`${pin.cid.toString()} is pinned recursively: unpin it first.`);
    }
    if (known === undefined) {
      this.#places += 1;
      this.#rows.set(pinKey(pin.cid), { place: this.#places, pin });
    } else {
      const { name = known.pin.name, mediaType = known.pin.mediaType } = pin;
      known.pin = { ...known.pin, kind: pin.kind, name, mediaType };
    }
  }

  delete(cid: CID): void {
    this.#rows.delete(pinKey(cid));
  }

  /** Newest first; the cursor is a place in the order of pinning. */
  page({ limit = PAGE_ROWS, cursor, kind }: ListPinsOptions): PinPage {
    if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) {
      throw new IpfsKitError("invalid_request", "The cursor is not one that was given out.");
    }
    const before = cursor === undefined ? Infinity : Number(cursor);
    const rest = Array.from(this.#rows.values())
      .filter(({ place, pin }) => place < before && (kind === undefined || pin.kind === kind))
      .toSorted((a, b) => b.place - a.place);
    const rows = rest.slice(0, limit);
    const pins = rows.map(({ pin }) => pin);
    const last = rows.at(-1);
    return rest.length > rows.length && last !== undefined
      ? { pins, nextCursor: String(last.place) }
      : { pins };
  }

  *[Symbol.iterator](): Iterator<Pin> {
    for (const { pin } of this.#rows.values()) yield pin;
  }
}

/** `Qm…` and `bafy…` of one node are one pin. */
export function pinKey(cid: CID): string {
  return cid.toV1().toString();
}

/** @throws IpfsKitError `invalid_request` when it is too long to be kept */
export function checkName(name: string | undefined): void {
  if (name === undefined || Buffer.byteLength(name) <= MAX_NAME_BYTES) return;
  throw new IpfsKitError("invalid_request", `A name has at most ${MAX_NAME_BYTES} bytes.`);
}
