import type { IpfsKitError } from "@ipfs-kit/core";
import { addLineSchema, problemSchema } from "@ipfs-kit/core/wire";

import { parseJson, problemError } from "../../../connection/http.ts";
import { LineReader } from "./line-reader.ts";

/** The answer to an add: progress lines, then the result or what failed, one JSON object per line. */
export class AddAnswer {
  /** Bytes the server has taken in. */
  storedBytes = 0;
  /** The CID of the file, once the server has confirmed it. */
  cid: string | undefined;
  /** What the server says went wrong after it had begun to answer. */
  failure: IpfsKitError | undefined;
  readonly #lines = new LineReader((line) => this.#take(line));

  push(text: string): void {
    this.#lines.push(text);
  }

  end(): void {
    this.#lines.end();
  }

  #take(line: string): void {
    const json = parseJson(line);
    const problem = problemSchema.safeParse(json);
    if (problem.success) {
      this.failure ??= problemError(problem.data.status, line);
      return;
    }
    const parsed = addLineSchema.safeParse(json);
    if (!parsed.success) return;
    const { Bytes, Hash } = parsed.data;
    if (Bytes !== undefined) this.storedBytes = Bytes;
    // With several results the last one is the root.
    if (Hash !== undefined) this.cid = Hash;
  }
}
