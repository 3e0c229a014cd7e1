import { addLineSchema } from "@ipfs-kit/core/wire";

import { parseJson } from "../../../connection/http.ts";
import { LineReader } from "./line-reader.ts";

/** The answer to an add: progress lines, then the result, one JSON object per line. */
export class AddAnswer {
  /** Bytes the server has taken in. */
  storedBytes = 0;
  /** The CID of the file, once the server has confirmed it. */
  cid: string | undefined;
  readonly #lines = new LineReader((line) => this.#take(line));

  push(text: string): void {
    this.#lines.push(text);
  }

  end(): void {
    this.#lines.end();
  }

  #take(line: string): void {
    const parsed = addLineSchema.safeParse(parseJson(line));
    if (!parsed.success) return;
    const { Bytes, Hash } = parsed.data;
    if (Bytes !== undefined) this.storedBytes = Bytes;
    // With several results the last one is the root.
    if (Hash !== undefined) this.cid = Hash;
  }
}
