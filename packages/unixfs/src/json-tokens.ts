import { CID } from "@ipfs-kit/core";

import type { DataToken, OpenData } from "./data-token.ts";
import { MAX_CID_TEXT, MAX_DATA_DEPTH } from "./defaults.ts";

/** The first and only name in a map that stands for a link. */
const LINK_KEY = "/";
const CODE = {
  quote: 0x22,
  comma: 0x2c,
  colon: 0x3a,
  listStart: 0x5b,
  backslash: 0x5c,
  listEnd: 0x5d,
  mapStart: 0x7b,
  mapEnd: 0x7d,
} as const;
const SPACES: ReadonlySet<number | undefined> = new Set([0x20, 0x09, 0x0a, 0x0d]);
const LITERAL = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;
const LITERAL_CHARACTERS = /[-+.\w]/;

/**
 * The values of a dag-json block, one after the other. Nothing is built from them: a block of 2 MiB
 * can hold half a million empty maps. Bytes come as the map they are written as.
 *
 * @throws RangeError, SyntaxError when it is no dag-json, or too deep
 */
export function* jsonTokens(block: Uint8Array): Generator<DataToken, void> {
  const reader = new JsonReader(block);
  const open: OpenData[] = [];
  do {
    const inside = open.at(-1);
    let key: string | number | undefined;
    if (inside !== undefined) {
      if (reader.takeIf(inside.isMap ? CODE.mapEnd : CODE.listEnd)) {
        open.pop();
        yield { kind: "end" };
        continue;
      }
      if (inside.index > 0) reader.expect(CODE.comma);
      key = inside.index;
      if (inside.isMap) {
        key = reader.text();
        reader.expect(CODE.colon);
      }
      inside.index += 1;
    }
    const isMap = reader.takeIf(CODE.mapStart);
    const cid = isMap ? reader.linkInMap() : undefined;
    if (cid !== undefined) {
      yield { kind: "link", key, cid };
    } else if (isMap || reader.takeIf(CODE.listStart)) {
      if (open.length >= MAX_DATA_DEPTH) throw new RangeError("It is nested too deeply.");
      open.push({ isMap, index: 0 });
      yield { kind: isMap ? "map" : "list", key };
    } else {
      reader.skipScalar();
      yield { kind: "value", key };
    }
  } while (open.length > 0);
  reader.expectEnd();
}

class JsonReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  takeIf(code: number): boolean {
    while (SPACES.has(this.#bytes[this.#at])) this.#at += 1;
    if (this.#bytes[this.#at] !== code) return false;
    this.#at += 1;
    return true;
  }

  expect(code: number): void {
    if (!this.takeIf(code)) throw new SyntaxError(`There is no ${String.fromCharCode(code)}.`);
  }

  expectEnd(): void {
    while (SPACES.has(this.#bytes[this.#at])) this.#at += 1;
    if (this.#at < this.#bytes.length) throw new SyntaxError("Something comes after its end.");
  }

  text(): string {
    const [start, end] = this.#string();
    const text = this.#bytes.toString("utf8", start, end);
    if (!text.includes("\\")) return text;
    const parsed: unknown = JSON.parse(`"${text}"`);
    return String(parsed);
  }

  /** After the `{` of a map: the link it stands for, all of it taken; else nothing is taken. */
  linkInMap(): CID | undefined {
    const start = this.#at;
    if (this.takeIf(CODE.quote)) {
      this.#at -= 1;
      if (this.text() === LINK_KEY) {
        this.expect(CODE.colon);
        if (this.takeIf(CODE.quote)) {
          this.#at -= 1;
          return this.#cid();
        }
      }
    }
    this.#at = start;
    return undefined;
  }

  /** A text, a number, or one of the words that JSON has. */
  skipScalar(): void {
    if (this.takeIf(CODE.quote)) {
      this.#at -= 1;
      this.#string();
      return;
    }
    const start = this.#at;
    while (LITERAL_CHARACTERS.test(String.fromCharCode(this.#bytes[this.#at] ?? 0))) this.#at += 1;
    const literal = this.#bytes.toString("latin1", start, this.#at);
    if (!LITERAL.test(literal)) throw new SyntaxError("There is a value that is none.");
  }

  #cid(): CID {
    const [start, end] = this.#string();
    if (end - start > MAX_CID_TEXT) throw new RangeError("A CID in it is too long.");
    this.expect(CODE.mapEnd);
    return CID.parse(this.#bytes.toString("latin1", start, end));
  }

  /** Where the text between two quotes starts and ends. */
  #string(): [start: number, end: number] {
    this.expect(CODE.quote);
    const start = this.#at;
    for (;;) {
      const code = this.#bytes[this.#at];
      if (code === undefined) throw new SyntaxError("A text in it has no end.");
      this.#at += code === CODE.backslash ? 2 : 1;
      if (code === CODE.quote) return [start, this.#at - 1];
    }
  }
}
