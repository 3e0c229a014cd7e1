import { ownCid } from "./dag-pb-node.ts";
import type { DataToken, OpenData } from "./data-token.ts";
import { MAX_DATA_DEPTH } from "./defaults.ts";

const MAJOR = { bytes: 2, text: 3, list: 4, map: 5, tag: 6, simple: 7 } as const;
const CID_TAG = 42;
/** `false`, `true`, `null` and, as some write it, `undefined`. */
const SIMPLE_VALUES: ReadonlySet<number> = new Set([20, 21, 22, 23]);
/** How floating-point numbers of two, four and eight bytes are announced. */
const FLOATS: ReadonlySet<number> = new Set([25, 26, 27]);

/**
 * The values of a dag-cbor block, one after the other. Nothing is built from them: a block of 2 MiB
 * can hold two million empty maps.
 *
 * @throws RangeError when it is no dag-cbor, or too deep
 */
export function* cborTokens(block: Uint8Array): Generator<DataToken, void> {
  const reader = new CborReader(block);
  const open: (OpenData & { left: number })[] = [];
  do {
    const inside = open.at(-1);
    let key: string | number | undefined;
    if (inside !== undefined) {
      if (inside.left === 0) {
        open.pop();
        yield { kind: "end" };
        continue;
      }
      inside.left -= 1;
      key = inside.isMap ? reader.text() : inside.index;
      inside.index += 1;
    }
    const { major, info, argument } = reader.head();
    if (major === MAJOR.list || major === MAJOR.map) {
      const isMap = major === MAJOR.map;
      if (open.length >= MAX_DATA_DEPTH) throw new RangeError("It is nested too deeply.");
      reader.expectRest(isMap ? argument * 2 : argument);
      open.push({ isMap, left: argument, index: 0 });
      yield { kind: isMap ? "map" : "list", key };
    } else if (major === MAJOR.tag) {
      if (argument !== CID_TAG) throw new RangeError(`It has tag ${argument}.`);
      yield { kind: "link", key, cid: ownCid(reader.cidBytes()) };
    } else {
      if (major === MAJOR.bytes || major === MAJOR.text) reader.take(argument);
      const isKnown = SIMPLE_VALUES.has(info) || FLOATS.has(info);
      if (major === MAJOR.simple && !isKnown) throw new RangeError("It has an unknown value.");
      yield { kind: "value", key };
    }
  } while (open.length > 0);
  reader.expectEnd();
}

class CborReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Type of the next value, and the number that goes with it. */
  head(): { major: number; info: number; argument: number } {
    const [byte = 0] = this.take(1);
    const major = byte >> 5;
    const info = byte & 0x1f;
    return { major, info, argument: info < 24 ? info : this.#argument(info) };
  }

  text(): string {
    const { major, argument } = this.head();
    if (major !== MAJOR.text) throw new RangeError("A name in it is no text.");
    return decoder.decode(this.take(argument));
  }

  /** What follows the tag of a link: the bytes of a CID after a zero. */
  cidBytes(): Uint8Array {
    const { major, argument } = this.head();
    const bytes = this.take(argument);
    if (major !== MAJOR.bytes || bytes[0] !== 0) throw new RangeError("A link in it is no CID.");
    return bytes.subarray(1);
  }

  take(length: number): Uint8Array {
    this.expectRest(length);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  expectRest(bytes: number): void {
    if (bytes > this.#bytes.length - this.#at) throw new RangeError("It is cut short.");
  }

  expectEnd(): void {
    if (this.#at < this.#bytes.length) throw new RangeError("Something comes after its end.");
  }

  #argument(info: number): number {
    // The values above it are lengths that are not known, which dag-cbor does not have.
    if (info > 27) throw new RangeError("It has a length that is not known.");
    const at = this.#at;
    const size = 1 << (info - 24);
    this.take(size);
    if (size === 1) return this.#view.getUint8(at);
    if (size === 2) return this.#view.getUint16(at);
    if (size === 4) return this.#view.getUint32(at);
    return this.#view.getUint32(at) * 2 ** 32 + this.#view.getUint32(at + 4);
  }
}

const decoder = new TextDecoder();
