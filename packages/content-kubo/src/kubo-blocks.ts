import { hash } from "node:crypto";

import {
  type AbortOptions,
  type Blocks,
  CID,
  errorCodeOf,
  IntegrityError,
  IpfsKitError,
  throwIfAborted,
  verifyBlock,
} from "@ipfs-kit/core";
import { MAX_BLOCK_BYTES } from "@ipfs-kit/unixfs";

import { field, textField } from "./rpc/answer.ts";
import { kuboError, notKubo } from "./rpc/kubo-error.ts";
import type { KuboRpc } from "./rpc/kubo-rpc.ts";
import { multipart } from "./rpc/multipart.ts";

const SHA2_256 = 0x12;
const IDENTITY = 0x00;
/** An identity CID is its own block; longer ones are refused everywhere (boxo's limit too). */
const MAX_IDENTITY_BYTES = 128;

/** Hash functions a block can be put under, as Kubo names them. */
const HASH_NAMES: ReadonlyMap<number, string> = new Map([
  [SHA2_256, "sha2-256"],
  [0x13, "sha2-512"],
]);

export interface KuboBlocksInit {
  rpc: KuboRpc;
  /** Kubo does not look for blocks in the network. */
  offline: boolean;
  /** Told of a block that did not match its CID. */
  onWrongBytes: (cid: CID) => void;
}

/** Kubo's blocks, one by one. Nothing Kubo says is believed: every block is hashed here. */
export class KuboBlocks implements Blocks {
  readonly #rpc: KuboRpc;
  readonly #offline: boolean;
  readonly #onWrongBytes: (cid: CID) => void;

  constructor({ rpc, offline, onWrongBytes }: KuboBlocksInit) {
    this.#rpc = rpc;
    this.#offline = offline;
    this.#onWrongBytes = onWrongBytes;
  }

  async has(cid: CID, { signal }: AbortOptions = {}): Promise<boolean> {
    this.#rpc.assertRunning();
    throwIfAborted(signal);
    if (cid.multihash.code === IDENTITY) return true;
    try {
      // Without `offline`, Kubo would ask the network, and keep what it gets.
      const params = { arg: cid.toString(), offline: true };
      checkKey(cid, textField(await this.#rpc.json("block/stat", { params, signal }), "Key"));
      return true;
    } catch (error) {
      if (errorCodeOf(error) === "not_found") return false;
      throw error;
    }
  }

  async get(cid: CID, options: AbortOptions = {}): Promise<Uint8Array> {
    return this.#get(cid, this.#offline, options);
  }

  /** Like {@link get}, without a look at the network. */
  async getLocal(cid: CID, options: AbortOptions = {}): Promise<Uint8Array> {
    return this.#get(cid, true, options);
  }

  async put(cid: CID, bytes: Uint8Array, { signal }: AbortOptions = {}): Promise<void> {
    this.#rpc.assertRunning();
    throwIfAborted(signal);
    await verify(cid, bytes);
    if (cid.multihash.code === IDENTITY) return;
    if (bytes.length > MAX_BLOCK_BYTES) throw tooLarge(cid);
    const mhtype = HASH_NAMES.get(cid.multihash.code);
    // Kubo keeps blocks by multihash: the codec plays no part, and it must not look into the block.
    const params = { "cid-codec": "raw", mhtype, "allow-big-block": true };
    const form = multipart(onePart(bytes));
    const { requestMs } = this.#rpc.timeouts;
    const [answer] = await this.#rpc.upload("block/put", form, { params, signal, requestMs });
    checkKey(cid, textField(answer, "Key"));
  }

  async delete(cid: CID, { signal }: AbortOptions = {}): Promise<void> {
    throwIfAborted(signal);
    const answer = await this.#rpc.json("block/rm", { params: { arg: cid.toString() }, signal });
    const problem = field(answer, "Error");
    if (typeof problem === "string" && problem !== "") throw kuboError(problem);
    checkKey(cid, textField(answer, "Hash"));
  }

  async #get(cid: CID, offline: boolean, { signal }: AbortOptions): Promise<Uint8Array> {
    this.#rpc.assertRunning();
    throwIfAborted(signal);
    if (cid.multihash.code === IDENTITY) return identityBytes(cid);
    const params = { arg: cid.toString(), offline: offline || undefined };
    const bytes = await this.#rpc.bytes("block/get", MAX_BLOCK_BYTES, { params, signal });
    try {
      await verify(cid, bytes);
    } catch (error) {
      if (errorCodeOf(error) === "integrity") this.#onWrongBytes(cid);
      throw error;
    }
    return bytes;
  }
}

/** A CID as Kubo wrote it. */
export function parseKuboCid(text: string): CID {
  try {
    return CID.parse(text);
  } catch {
    throw notKubo("it names something that is no CID");
  }
}

async function verify(cid: CID, bytes: Uint8Array): Promise<void> {
  // The one-shot hash is twice as fast as a hash object for the small blocks of folders.
  if (cid.multihash.code !== SHA2_256) return verifyBlock(cid, bytes);
  if (hash("sha256", bytes, "buffer").equals(cid.multihash.digest)) return;
  throw new IntegrityError(`The bytes of block ${cid.toString()} do not match its CID.`, {
    details: { cid: cid.toString() },
  });
}

function identityBytes(cid: CID): Uint8Array {
  const { digest } = cid.multihash;
  if (digest.length <= MAX_IDENTITY_BYTES) return digest.slice();
  throw new IntegrityError(`An identity CID holds at most ${MAX_IDENTITY_BYTES} bytes.`);
}

/** Kubo must speak of the block it was asked about: of its hash, it keeps no codecs. */
function checkKey(cid: CID, key: string): void {
  const { bytes } = parseKuboCid(key).multihash;
  if (Buffer.from(bytes).equals(cid.multihash.bytes)) return;
  throw new IntegrityError(`Asked about block ${cid.toString()}, Kubo speaks of ${key}.`);
}

function tooLarge(cid: CID): IpfsKitError {
  return new IpfsKitError(
    "too_large",
    `Block ${cid.toString()} has more than ${MAX_BLOCK_BYTES} bytes.`,
  );
}

async function* onePart(bytes: Uint8Array): AsyncGenerator<AsyncIterable<Uint8Array>, void> {
  yield (async function* () {
    yield bytes;
  })();
}
