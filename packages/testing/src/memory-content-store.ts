import { createHash } from "node:crypto";

import {
  abortable,
  CID,
  type ContentStore,
  InvalidStateError,
  IpfsKitError,
  mediaTypeOf,
  NotFoundError,
  type Pin,
  RAW,
  throwIfAborted,
} from "@ipfs-kit/core";

/** What stands before the digest in the bytes of a CID: version 1, raw, sha2-256, 32 bytes. */
const RAW_SHA2_256 = [0x01, RAW, 0x12, 0x20];
/** Bytes given out at a time, so that readers meet more than one piece. */
const PIECE_BYTES = 64 * 1024;
const PAGE = 100;
const MAX_NAME_BYTES = 4096;

/**
 * A content store in memory for the tests of everything above one. A file is one raw block, however
 * long: its CID is real, but differs from what a store with chunks makes of a file above 1 MiB.
 */
export function createMemoryContentStore(): ContentStore {
  const files = new Map<string, Uint8Array>();
  /** Oldest first; the key is the place in the order of pinning. */
  const pins = new Map<number, Pin>();
  let pinned = 0;

  const fileOf = (cid: CID): Uint8Array => {
    const file = files.get(cid.toString());
    if (file === undefined) throw new NotFoundError(`${cid.toString()} is not here.`);
    return file;
  };
  const pinOf = (cid: CID) => [...pins].find(([, pin]) => pin.cid.equals(cid));
  const keep = (pin: Pin) => {
    const [seq, known] = pinOf(pin.cid) ?? [];
    if (seq !== undefined && known !== undefined) {
      if (known.kind === "recursive" && pin.kind === "direct") {
        throw new InvalidStateError(`${pin.cid.toString()} is pinned recursively: unpin it first.`);
      }
      pins.set(seq, { ...known, kind: pin.kind, name: pin.name ?? known.name });
      return;
    }
    pinned += 1;
    pins.set(pinned, pin);
  };

  return {
    async add(source, { name, pin = true, onProgress, signal } = {}) {
      throwIfAborted(signal);
      checkName(name);
      const pieces: Uint8Array[] = [];
      let size = 0;
      const items = source[Symbol.asyncIterator]();
      for (;;) {
        const item = await abortable(items.next(), signal);
        if (item.done === true) break;
        pieces.push(item.value.slice());
        size += item.value.length;
        onProgress?.(size);
      }
      const bytes = Buffer.concat(pieces);
      const cid = rawCid(bytes);
      const mediaType = mediaTypeOf(name, bytes);
      files.set(cid.toString(), bytes);
      if (pin) keep({ cid, kind: "recursive", name, size, mediaType, pinnedAt: new Date() });
      return { cid, size, mediaType };
    },

    async stat(cid, { signal } = {}) {
      throwIfAborted(signal);
      return { cid, type: "file", size: fileOf(cid).length };
    },

    async *read(cid, { offset = 0, length = Infinity, signal } = {}) {
      const file = fileOf(cid);
      const end = Math.min(file.length, offset + length);
      for (let at = offset; at < end; at += PIECE_BYTES) {
        throwIfAborted(signal);
        yield file.slice(at, Math.min(end, at + PIECE_BYTES));
      }
      throwIfAborted(signal);
    },

    async pin(cid, { name, kind = "recursive", signal } = {}) {
      throwIfAborted(signal);
      checkName(name);
      keep({ cid, kind, name, size: fileOf(cid).length, pinnedAt: new Date() });
    },

    async unpin(cid, { signal } = {}) {
      throwIfAborted(signal);
      const [seq] = pinOf(cid) ?? [];
      if (seq === undefined) throw new NotFoundError(`${cid.toString()} is not pinned.`);
      pins.delete(seq);
    },

    async listPins({ limit = PAGE, cursor, kind, signal } = {}) {
      throwIfAborted(signal);
      const before = cursor === undefined ? Infinity : Number(cursor);
      if (Number.isNaN(before)) throw new IpfsKitError("invalid_request", "Not a cursor.");
      const rest = [...pins]
        .filter(([seq, pin]) => seq < before && (kind === undefined || pin.kind === kind))
        .toSorted(([a], [b]) => b - a);
      const page = rest.slice(0, limit);
      const last = page.at(-1);
      const found = page.map(([, pin]) => pin);
      return rest.length > limit && last !== undefined
        ? { pins: found, nextCursor: String(last[0]) }
        : { pins: found };
    },
  };
}

function checkName(name: string | undefined): void {
  if (name === undefined || Buffer.byteLength(name) <= MAX_NAME_BYTES) return;
  throw new IpfsKitError("invalid_request", `A name has at most ${MAX_NAME_BYTES} bytes.`);
}

/** The CID of bytes as one raw block: CIDv1, sha2-256. */
function rawCid(bytes: Uint8Array): CID {
  const digest = createHash("sha256").update(bytes).digest();
  return CID.decode(Uint8Array.from([...RAW_SHA2_256, ...digest]));
}
