import { hash } from "node:crypto";
import { setImmediate } from "node:timers/promises";

import {
  type AbortOptions,
  type BlockSource,
  type CID,
  DAG_PB,
  errorCodeOf,
  IpfsKitError,
  type PinKind,
  RAW,
  throwIfAborted,
} from "@ipfs-kit/core";
import { linksOf } from "@ipfs-kit/unixfs";

import { DigestSet } from "./digest-set.ts";
import { IDENTITY } from "./keys.ts";

/** Blocks are only stored under whole digests, and no hash here has a shorter one. */
const MIN_DIGEST_BYTES = 20;
const DAG_CBOR = 0x71;
const DAG_JSON = 0x01_29;
const PLAIN_CBOR = 0x51;
const PLAIN_JSON = 0x02_00;
const LIBP2P_KEY = 0x72;
/** Blocks read between two turns of the event loop when none of them needed the disk. */
const BLOCKS_PER_TURN = 64;

/** Under another codec the same bytes have other links: the codecs that have any are told apart. */
const LEAF = 0;
const FLAVOURS: ReadonlyMap<number, number> = new Map([
  [RAW, LEAF],
  [PLAIN_CBOR, LEAF],
  [PLAIN_JSON, LEAF],
  [LIBP2P_KEY, LEAF],
  [DAG_PB, 1],
  [DAG_CBOR, 2],
  [DAG_JSON, 3],
]);
/** They may have links, which cannot be read: then a collection is refused. */
const OTHER_CODECS = 4;
const ALL_FLAVOURS = [...FLAVOURS.values(), OTHER_CODECS];

export interface Root {
  cid: CID;
  kind: PinKind;
}

export interface DagMarksInit {
  /** What is marked there need not be marked here. */
  besides?: DagMarks | undefined;
  /**
   * Nodes of one DAG that may wait to be read; those beyond are left out, with all under them.
   * @default no limit: pins were held to theirs
   */
  maxPending?: number | undefined;
  /** Told of each node that cannot be read; it goes on without what is under it. @default it fails */
  onUnreadable?: ((error: unknown) => void) | undefined;
}

export interface MarkOptions extends AbortOptions {
  /** Ends the walk early when it says so. */
  until?: (() => boolean) | undefined;
}

/**
 * Which blocks some roots need. Reads every inner node once, however many roots share it; of leaves
 * only the name is noted, whether or not they are here. Roots may be added at the same time: what one
 * has come by first the other leaves to it, so that all is marked once both are done.
 */
export class DagMarks {
  readonly #blocks: BlockSource;
  readonly #besides: DagMarks | undefined;
  readonly #maxPending: number;
  readonly #onUnreadable: DagMarksInit["onUnreadable"];
  readonly #marks = new DigestSet();

  constructor(blocks: BlockSource, init: DagMarksInit = {}) {
    const { besides, maxPending = Infinity, onUnreadable } = init;
    this.#blocks = blocks;
    this.#besides = besides;
    this.#maxPending = maxPending;
    this.#onUnreadable = onUnreadable;
  }

  has(multihash: Uint8Array): boolean {
    return ALL_FLAVOURS.some((flavour) => this.#marks.has(multihash, flavour));
  }

  /**
   * Marks what a root needs.
   *
   * @throws IpfsKitError with the code of the failure when an inner node cannot be read, unless that
   *   was to be told: what is under it is then not known. The marks are of no use any more, for they
   *   look complete
   */
  async add(root: Root, { signal, until }: MarkOptions = {}): Promise<void> {
    if (root.kind === "direct") {
      // As a leaf: under another pin its links may count all the same.
      this.#marks.add(digestOf(root.cid), LEAF);
      return;
    }
    const rest = this.#note(root.cid) ? [root.cid] : [];
    let read = 0;
    for (let cid = rest.pop(); cid !== undefined; cid = rest.pop()) {
      if (until?.() === true) return;
      throwIfAborted(signal);
      for (const link of await this.#linksOf(cid, root.cid, signal)) {
        if (rest.length < this.#maxPending && this.#note(link)) rest.push(link);
      }
      read += 1;
      if (read % BLOCKS_PER_TURN === 0) await setImmediate();
    }
  }

  /** Marks a block; whether there may be links in it which nobody follows yet. */
  #note(cid: CID): boolean {
    const flavour = FLAVOURS.get(cid.code) ?? OTHER_CODECS;
    const digest = digestOf(cid);
    const besides = this.#besides;
    if (besides !== undefined && besides.#marks.has(digest, flavour)) return false;
    return this.#marks.add(digest, flavour) && flavour !== LEAF;
  }

  async #linksOf(cid: CID, root: CID, signal: AbortSignal | undefined): Promise<CID[]> {
    try {
      return linksOf(cid, await this.#blocks.get(cid, { signal }));
    } catch (error) {
      const failure = unreadable(root, cid, error);
      if (this.#onUnreadable === undefined || signal?.aborted === true) throw failure;
      this.#onUnreadable(failure);
      return [];
    }
  }
}

function unreadable(root: CID, cid: CID, cause: unknown): unknown {
  const code = errorCodeOf(cause);
  if (code !== "not_found" && code !== "integrity" && code !== "not_supported") return cause;
  const [top, block] = [root.toString(), cid.toString()];
  const message =
    `What ${top} needs cannot be told, for its block ${block} cannot be read. Nothing is removed ` +
    "while this is so: add the content again, or unpin it.";
  return new IpfsKitError(code, message, { cause, details: { root: top, cid: block } });
}

/** Identity CIDs hold what their maker likes in place of a digest; so may others that are too short. */
function digestOf({ multihash }: CID): Uint8Array {
  const { code, bytes, digest } = multihash;
  const isWhole = code !== IDENTITY && digest.length >= MIN_DIGEST_BYTES;
  return isWhole ? bytes : hash("sha256", bytes, "buffer");
}
