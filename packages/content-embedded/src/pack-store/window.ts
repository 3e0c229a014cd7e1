import type { FileHandle } from "node:fs/promises";

import { readAt, systemCodeOf } from "./file-io.ts";

/** What is read first after a jump: a header, and small records behind it. */
const LEAST = 4096;
const MOST = 1024 * 1024;

/**
 * Reads a file from front to back, ahead of what is asked for: the more, the longer nothing is
 * skipped. Small records come in a thousand to a call of the system, large ones are jumped over.
 */
export class Window {
  readonly #file: FileHandle;
  readonly #size: number;
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;
  #ahead = LEAST;

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#size = size;
  }

  /** Bytes from a place on: fewer than asked for only where the file ends. */
  async read(position: number, length: number): Promise<Buffer> {
    return this.#held(position, length) ?? this.#fetch(position, length);
  }

  /** Those of them that were read ahead; `undefined` when some were not. */
  #held(position: number, length: number): Buffer | undefined {
    const from = position - this.#start;
    const wanted = Math.min(length, this.#size - position);
    if (from < 0 || from + wanted > this.#bytes.length) return undefined;
    return this.#bytes.subarray(from, from + wanted);
  }

  async #fetch(position: number, length: number): Promise<Buffer> {
    const isNext = position >= this.#start && position <= this.#start + this.#bytes.length;
    this.#ahead = isNext ? Math.min(this.#ahead * 4, MOST) : LEAST;
    const wanted = Math.min(Math.max(length, this.#ahead), this.#size - position);
    // A new buffer each time: what was given out stays as it is.
    this.#bytes = await readSound(this.#file, position, Math.max(0, wanted));
    this.#start = position;
    return this.#bytes.subarray(0, length);
  }
}

/** What the disk cannot read comes out as zeros, no more than a page around it: damage like any other. */
async function readSound(file: FileHandle, position: number, length: number): Promise<Buffer> {
  try {
    return await readAt(file, position, length);
  } catch (error) {
    if (systemCodeOf(error) !== "EIO") throw error;
    if (length <= LEAST) return Buffer.alloc(length);
    const half = Math.ceil(length / 2 / LEAST) * LEAST;
    const first = await readSound(file, position, half);
    return Buffer.concat([first, await readSound(file, position + half, length - half)]);
  }
}
