import {
  abortable,
  type AbortOptions,
  type Blocks,
  type BlockSource,
  type CID,
  NotFoundError,
} from "@ipfs-kit/core";

const IDENTITY = 0x00;
/** The root of what is asked for, and its first part: both are needed two or three times. */
const REMEMBERED_BLOCKS = 2;

export interface RequestBlocksInit {
  blocks: Pick<Blocks, "get" | "has">;
  /** Only what is held here counts (`Cache-Control: only-if-cached`). */
  localOnly: boolean;
  signal: AbortSignal;
}

/**
 * The blocks as one request sees them. Gives up when the request does, knows identity CIDs, and
 * remembers the last two blocks until the answer begins to stream.
 */
export class RequestBlocks implements BlockSource {
  readonly #init: RequestBlocksInit;
  readonly #remembered = new Map<string, Promise<Uint8Array>>();
  #isStreaming = false;
  #missed: CID | undefined;

  constructor(init: RequestBlocksInit) {
    this.#init = init;
  }

  async get(cid: CID, { signal }: AbortOptions = {}): Promise<Uint8Array> {
    if (cid.multihash.code === IDENTITY) return cid.multihash.digest.slice();
    const own = this.#init.signal;
    return abortable(abortable(this.#recall(cid), own), signal);
  }

  /** The block that was wanted and is not held, where only such count. */
  get missed(): CID | undefined {
    return this.#missed;
  }

  /** From here on nothing more is kept, and what is kept is given once. */
  startStreaming(): void {
    this.#isStreaming = true;
  }

  #recall(cid: CID): Promise<Uint8Array> {
    if (this.#isStreaming && this.#remembered.size === 0) return this.#fetch(cid);
    const key = cid.toString();
    const known = this.#remembered.get(key);
    if (known !== undefined) {
      if (this.#isStreaming) this.#remembered.delete(key);
      return known;
    }
    const block = this.#fetch(cid);
    if (this.#isStreaming) return block;
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size >= REMEMBERED_BLOCKS && oldest !== undefined) {
      this.#remembered.delete(oldest);
    }
    this.#remembered.set(key, block);
    block.catch(() => this.#remembered.delete(key));
    return block;
  }

  async #fetch(cid: CID): Promise<Uint8Array> {
    const { blocks, localOnly, signal } = this.#init;
    if (localOnly && !(await blocks.has(cid, { signal }))) {
      this.#missed = cid;
      throw new NotFoundError(`Block ${cid.toString()} is not held here.`, {
        details: { cid: cid.toString() },
      });
    }
    return blocks.get(cid, { signal });
  }
}
