import {
  type AbortOptions,
  type BlockSource,
  type CID,
  MEDIA_TYPE_PROBE_BYTES,
  mediaTypeOf,
  OCTET_STREAM,
  throwIfAborted,
} from "@ipfs-kit/core";
import { readFile } from "@ipfs-kit/unixfs";

import { REMEMBERED_TYPES } from "./defaults.ts";
import { textTypeOf } from "./text-type.ts";

export interface TypedFile extends AbortOptions {
  cid: CID;
  size: number;
  name: string | undefined;
}

/** Types that are text and are told to be UTF-8 when their first bytes are. */
const TEXT = /^text\/(?!html$)/;

/**
 * Media types of files, by first bytes and name. What a CID names never changes, so what was found
 * out is remembered: a player that asks for a hundred ranges costs one look.
 */
export class ContentTypes {
  readonly #known = new Map<string, string>();

  async find(blocks: BlockSource, { cid, size, name, signal }: TypedFile): Promise<string> {
    const extension = name?.includes(".") ? (name.split(".").at(-1) ?? "").slice(0, 16) : "";
    const key = `${extension}/${cid.toString()}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    let head: Uint8Array;
    try {
      head = await readHead(blocks, cid, signal);
    } catch {
      throwIfAborted(signal);
      // The start is not to be had, which a range further on does not need.
      return withCharset(mediaTypeOf(name, new Uint8Array(0)), new Uint8Array(0));
    }
    const type = typeOf(name, head, size);
    const [oldest] = this.#known.keys();
    if (this.#known.size >= REMEMBERED_TYPES && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(key, type);
    return type;
  }
}

function typeOf(name: string | undefined, head: Uint8Array, size: number): string {
  const type = mediaTypeOf(name, head);
  if (type !== OCTET_STREAM) return withCharset(type, head);
  return textTypeOf(head, head.length >= size) ?? OCTET_STREAM;
}

function withCharset(type: string, head: Uint8Array): string {
  return TEXT.test(type) && textTypeOf(head, false) !== undefined ? `${type}; charset=utf-8` : type;
}

async function readHead(
  blocks: BlockSource,
  cid: CID,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const head = new Uint8Array(MEDIA_TYPE_PROBE_BYTES);
  let length = 0;
  const options = { length: head.length, readAhead: 0, signal };
  for await (const bytes of readFile(blocks, cid, options)) {
    head.set(bytes.subarray(0, head.length - length), length);
    length += bytes.length;
  }
  return head.subarray(0, Math.min(length, head.length));
}
