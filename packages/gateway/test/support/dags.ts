import * as dagCbor from "@ipld/dag-cbor";
import * as dagJson from "@ipld/dag-json";
import * as dagPb from "@ipld/dag-pb";
import { type Blocks, CID } from "@ipfs-kit/core";
import { UnixFS } from "ipfs-unixfs";
import * as raw from "multiformats/codecs/raw";
import { sha256 } from "multiformats/hashes/sha2";

/** A part of a DAG, and the bytes under it as a link to it states them. */
export interface Made {
  cid: CID;
  /** Of all blocks. */
  dagSize: number;
  /** Of the file. */
  size: number;
}

/** Makes DAGs block by block, also such as no importer makes. */
export class DagMaker {
  readonly #blocks: Pick<Blocks, "put">;

  constructor(blocks: Pick<Blocks, "put">) {
    this.#blocks = blocks;
  }

  async put(code: number, bytes: Uint8Array, version: 0 | 1 = 1): Promise<CID> {
    const hash = await sha256.digest(bytes);
    const cid = version === 0 ? CID.createV0(hash) : CID.createV1(code, hash);
    await this.#blocks.put(cid, bytes);
    return cid;
  }

  async raw(content: Uint8Array | string): Promise<Made> {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const cid = await this.put(raw.code, bytes);
    return { cid, dagSize: bytes.length, size: bytes.length };
  }

  /** A file in raw leaves of the given bytes each. */
  async file(bytes: Uint8Array, leafBytes: number): Promise<Made & { leaves: CID[] }> {
    const parts: Made[] = [];
    for (let at = 0; at < bytes.length; at += leafBytes) {
      parts.push(await this.raw(bytes.subarray(at, at + leafBytes)));
    }
    const unixfs = new UnixFS({ type: "file", blockSizes: parts.map(({ size }) => BigInt(size)) });
    const made = await this.#node(
      unixfs,
      parts.map((part) => ["", part]),
    );
    return { ...made, size: bytes.length, leaves: parts.map(({ cid }) => cid) };
  }

  async directory(entries: Readonly<Record<string, Made>>): Promise<Made> {
    return this.links(Object.entries(entries));
  }

  /** A folder with exactly these links, in this order where the codec allows it. */
  async links(entries: readonly (readonly [string, Made])[]): Promise<Made> {
    return this.#node(new UnixFS({ type: "directory" }), entries);
  }

  async symlink(target: string): Promise<Made> {
    const data = new TextEncoder().encode(target);
    return this.#node(new UnixFS({ type: "symlink", data }), []);
  }

  async cbor(value: unknown): Promise<CID> {
    return this.put(dagCbor.code, dagCbor.encode(value));
  }

  async json(value: unknown): Promise<CID> {
    return this.put(dagJson.code, dagJson.encode(value));
  }

  async #node(unixfs: UnixFS, links: readonly (readonly [string, Made])[]): Promise<Made> {
    const bytes = dagPb.encode(
      dagPb.prepare({
        Data: unixfs.marshal(),
        Links: links.map(([Name, { cid, dagSize }]) => ({ Name, Hash: cid, Tsize: dagSize })),
      }),
    );
    const cid = await this.put(dagPb.code, bytes);
    const dagSize = bytes.length + links.reduce((sum, [, made]) => sum + made.dagSize, 0);
    return { cid, dagSize, size: links.reduce((sum, [, made]) => sum + made.size, 0) };
  }
}
