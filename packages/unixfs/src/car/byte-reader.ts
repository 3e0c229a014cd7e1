import { type AbortOptions, IpfsKitError } from "@ipfs-kit/core";

import { pull } from "../pull.ts";
import { badCar } from "./bad-car.ts";

const NO_BYTES = new Uint8Array(0);
/** Seven bits a byte: what does not fit is no length of anything. */
const MAX_VARINT_BYTES = 9;

/** Takes bytes from a stream in the lengths asked for; holds one piece of it at a time. */
export class ByteReader {
  readonly #pieces: AsyncGenerator<Uint8Array, void>;
  #piece: Uint8Array = NO_BYTES;
  #rest = Infinity;

  constructor(source: AsyncIterable<Uint8Array>, { signal }: AbortOptions = {}) {
    this.#pieces = pull(source, signal);
  }

  /** From here on, the stream ends after so many bytes; they must be there. */
  limit(bytes: number): void {
    this.#rest = bytes;
  }

  async isAtEnd(): Promise<boolean> {
    if (this.#rest === 0) return true;
    if (await this.#fill()) return false;
    if (this.#rest !== Infinity) throw cutShort();
    return true;
  }

  /** The next bytes, copied. Allocates them at once: the length must be believable. */
  async exactly(length: number): Promise<Uint8Array> {
    // No Buffer: its slices would be views, and keep all of it in memory.
    const bytes = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
    let filled = 0;
    while (filled < length) {
      const part = await this.#take(length - filled);
      bytes.set(part, filled);
      filled += part.length;
    }
    return bytes;
  }

  async skip(length: number): Promise<void> {
    let rest = length;
    while (rest > 0) rest -= (await this.#take(rest)).length;
  }

  /**
   * An unsigned number, as the shortest varint.
   *
   * @throws IpfsKitError `too_large` above `max`; the bytes it counts are not touched
   */
  async varint(max: number, what: string): Promise<number> {
    let value = 0;
    let scale = 1;
    for (let count = 1; count <= MAX_VARINT_BYTES; count += 1) {
      const [byte = 0] = await this.#take(1);
      value += (byte % 0x80) * scale;
      scale *= 0x80;
      if (byte >= 0x80) continue;
      if (byte === 0 && count > 1) throw badCar(`${what} has an overlong length`);
      if (value <= max) return value;
      throw new IpfsKitError("too_large", `${what} of a CAR has at most ${max} bytes.`);
    }
    throw badCar(`${what} has an absurd length`);
  }

  /** Tells the source that nothing more is wanted. */
  async close(): Promise<void> {
    await this.#pieces.return();
  }

  /** What is at hand of the next bytes, at least one. */
  async #take(max: number): Promise<Uint8Array> {
    if (this.#rest === 0 || !(await this.#fill())) throw cutShort();
    const part = this.#piece.subarray(0, Math.min(max, this.#rest));
    this.#piece = this.#piece.subarray(part.length);
    this.#rest -= part.length;
    return part;
  }

  /** Whether there is another byte. */
  async #fill(): Promise<boolean> {
    while (this.#piece.length === 0) {
      const { done, value } = await this.#pieces.next();
      if (done === true) return false;
      if (!(value instanceof Uint8Array)) throw badCar("its source does not give bytes");
      this.#piece = value;
    }
    return true;
  }
}

function cutShort(): IpfsKitError {
  return badCar("it is cut short");
}
