import {
  abortable,
  type AbortOptions,
  type Blocks,
  type CID,
  throwIfAborted,
} from "@ipfs-kit/core";

import { MAX_PUT_BYTES_UNDER_WAY, MAX_PUTS_UNDER_WAY } from "../defaults.ts";
import { readCar } from "./read-car.ts";

export interface CarContents {
  /** As the header has them. */
  roots: CID[];
  /** Sections put, those that came twice counted twice; identity CIDs are none. */
  blocks: number;
  /** Bytes of those blocks. */
  bytes: number;
}

/**
 * Puts the blocks of a CAR where they belong, several at a time: at most 256 and 16 MiB are under
 * way. Resolves when every one is put. When one fails, or the archive does, no more are begun and
 * those under way are waited for, unless the signal fires. What was put stays: no root was promised.
 *
 * @throws as `readCar` and as `put` does
 */
export async function importCar(
  blocks: Pick<Blocks, "put">,
  source: AsyncIterable<Uint8Array>,
  { signal }: AbortOptions = {},
): Promise<CarContents> {
  const puts = new Puts(blocks, signal);
  try {
    const car = await readCar(source, { signal });
    for await (const { cid, bytes } of car.blocks) await puts.begin(cid, bytes);
    await puts.settle();
    return { roots: car.roots, ...puts.totals };
  } catch (error) {
    await puts.settle().catch(() => {});
    throw error;
  }
}

/** Puts under way, bounded in number and in bytes. */
class Puts {
  readonly totals = { blocks: 0, bytes: 0 };
  readonly #blocks: Pick<Blocks, "put">;
  readonly #signal: AbortSignal | undefined;
  readonly #underWay = new Set<Promise<void>>();
  #bytesUnderWay = 0;
  #failure: { error: unknown } | undefined;

  constructor(blocks: Pick<Blocks, "put">, signal: AbortSignal | undefined) {
    this.#blocks = blocks;
    this.#signal = signal;
  }

  /** Resolves when there is room for more. @throws what an earlier put threw */
  async begin(cid: CID, bytes: Uint8Array): Promise<void> {
    const put = this.#put(cid, bytes);
    this.#underWay.add(put);
    void put.finally(() => this.#underWay.delete(put));
    this.totals.blocks += 1;
    this.totals.bytes += bytes.length;
    while (
      this.#underWay.size >= MAX_PUTS_UNDER_WAY ||
      this.#bytesUnderWay > MAX_PUT_BYTES_UNDER_WAY
    ) {
      await abortable(Promise.race(this.#underWay), this.#signal);
    }
    this.#throwFailure();
  }

  /** Resolves when none is under way. @throws what one of them threw */
  async settle(): Promise<void> {
    await abortable(Promise.all(this.#underWay), this.#signal);
    this.#throwFailure();
  }

  /** Never rejects: the failure is told where the next one would begin. */
  async #put(cid: CID, bytes: Uint8Array): Promise<void> {
    this.#bytesUnderWay += bytes.length;
    try {
      throwIfAborted(this.#signal);
      await this.#blocks.put(cid, bytes, { signal: this.#signal });
    } catch (error) {
      this.#failure ??= { error };
    } finally {
      this.#bytesUnderWay -= bytes.length;
    }
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
