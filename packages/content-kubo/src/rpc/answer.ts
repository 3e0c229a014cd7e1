import type { IncomingMessage } from "node:http";

import { IpfsKitError } from "@ipfs-kit/core";

import { MAX_ANSWER_BYTES, MAX_LINE_BYTES } from "../defaults.ts";
import { bodyOf } from "./exchange.ts";
import { notKubo, refusal } from "./kubo-error.ts";

/**
 * All bytes of an answer.
 *
 * @throws IpfsKitError `too_large` as soon as there are more than `maxBytes`: the rest is not read
 */
export async function bytesOf(message: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of bodyOf(message)) {
    size += piece.length;
    if (size > maxBytes) {
      throw new IpfsKitError("too_large", `Kubo's answer has more than ${maxBytes} bytes.`);
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces, size);
}

/** Throws what an answer other than "200 OK" means. */
export async function assertOk(message: IncomingMessage): Promise<void> {
  const { statusCode = 0 } = message;
  if (statusCode === 200) return;
  const text = await bytesOf(message, MAX_ANSWER_BYTES).then(
    (bytes) => bytes.toString(),
    () => "",
  );
  throw refusal(statusCode, messageIn(text));
}

/** Reads JSON that Kubo sent. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notKubo("its answer is not JSON");
  }
}

/** The lines of an answer as JSON, one value to a line. */
export class JsonLines {
  readonly #decoder = new TextDecoder();
  #rest = "";

  *push(piece: Uint8Array): Generator<unknown, void> {
    const text = this.#rest + this.#decoder.decode(piece, { stream: true });
    const lines = text.split("\n");
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length > MAX_LINE_BYTES) throw notKubo("its answer has a line without end");
    for (const line of lines) if (line.trim() !== "") yield parseJson(line);
  }

  /** What stands after the last line break. */
  *end(): Generator<unknown, void> {
    if (this.#rest.trim() !== "") yield parseJson(this.#rest);
  }
}

/** The field of a value that may be no object. */
export function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

/** A text field of an answer. @throws IpfsKitError `unavailable` when it is not there */
export function textField(value: unknown, name: string): string {
  const found = field(value, name);
  if (typeof found === "string") return found;
  throw notKubo(`its answer lacks "${name}"`);
}

/** Kubo's own message, when an answer is one of Kubo's errors. */
function messageIn(text: string): string | undefined {
  try {
    const message = field(JSON.parse(text), "Message");
    return typeof message === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}
