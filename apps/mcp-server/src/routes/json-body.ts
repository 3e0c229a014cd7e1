import { AbortedError, TimeoutError, withTimeout } from "@ipfs-kit/core";

import type { AppContext } from "../app-env.ts";
import { JSON_BODY_MS, MAX_JSON_DEPTH } from "../defaults.ts";
import { HttpError } from "../edge/http-error.ts";

export interface ReadJsonBodyOptions {
  /** Bytes it has at most. */
  maxBytes: number;
}

/**
 * Reads a JSON body that is there within 10 seconds and nested at most 32 levels deep. Of a name that
 * stands in an object twice, the last counts; `__proto__` is a name like any other.
 *
 * @throws HttpError `too_large`; `timeout`; `invalid_request` for what is not JSON, or is announced as
 *   something else
 */
export async function readJsonBody(
  c: AppContext,
  { maxBytes }: ReadJsonBodyOptions,
): Promise<unknown> {
  const type = c.req.header("content-type");
  if (type !== undefined && !JSON_TYPE.test(type)) {
    throw new HttpError("invalid_request", "Send the body as application/json.", { status: 415 });
  }
  const bytes = await readBytes(c, maxBytes);
  try {
    const text = UTF8.decode(bytes);
    if (depthOf(text) <= MAX_JSON_DEPTH) return JSON.parse(text);
  } catch (error) {
    throw new HttpError("invalid_request", "The body is not JSON.", { cause: error });
  }
  throw new HttpError("invalid_request", `JSON is nested at most ${MAX_JSON_DEPTH} levels here.`);
}

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;
const UTF8 = new TextDecoder("utf-8", { fatal: true });

async function readBytes(c: AppContext, maxBytes: number): Promise<Buffer> {
  const { incoming, outgoing } = c.env;
  const tooLarge = () => new HttpError("too_large", `A JSON body has at most ${maxBytes} bytes.`);
  if (Number(incoming.headers["content-length"] ?? 0) > maxBytes) {
    outgoing.shouldKeepAlive = false;
    throw tooLarge();
  }
  const read = async (): Promise<Buffer> => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    for await (const piece of incoming) {
      if (!(piece instanceof Buffer)) continue;
      pieces.push(piece);
      bytes += piece.length;
      if (bytes > maxBytes) throw tooLarge();
    }
    return Buffer.concat(pieces);
  };
  try {
    return await withTimeout(JSON_BODY_MS, "Reading the body", read);
  } catch (error) {
    outgoing.shouldKeepAlive = false;
    if (error instanceof HttpError) throw error;
    if (!(error instanceof TimeoutError)) throw new AbortedError("The body did not arrive whole.");
    throw new HttpError("timeout", error.message, { status: 408 });
  }
}

/** How deep brackets stand in each other, outside of text. Looked at before anything is built of it. */
function depthOf(json: string): number {
  let depth = 0;
  let deepest = 0;
  let inText = false;
  for (let index = 0; index < json.length; index += 1) {
    const character = json[index];
    if (inText) {
      if (character === "\\") index += 1;
      else if (character === '"') inText = false;
    } else if (character === '"') {
      inText = true;
    } else if (character === "{" || character === "[") {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (character === "}" || character === "]") {
      depth -= 1;
    }
  }
  return deepest;
}
