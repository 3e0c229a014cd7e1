import { TimeoutError, withTimeout } from "@ipfs-kit/core";

import type { AppContext } from "../app-env.ts";
import { JSON_BODY_MS, MAX_JSON_BYTES } from "../defaults.ts";
import { HttpError, type InputFault } from "../edge/http-error.ts";

/** What a schema makes of a value. */
interface Schema<T> {
  safeParse(value: unknown):
    | { success: true; data: T }
    | {
        success: false;
        error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] };
      };
}

/**
 * Reads a JSON body of up to 64 KiB that is there within 10 seconds.
 *
 * @throws HttpError `too_large`, `invalid_request` naming the fields at fault; TimeoutError
 */
export async function readJson<T>(c: AppContext, schema: Schema<T>): Promise<T> {
  const body = await readBody(c);
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    throw new HttpError("invalid_request", "The body is not JSON.", { cause: error });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }): InputFault => {
    return { parameter: path.map(String).join(".") || "body", detail: message };
  });
  const named = faults.map(({ parameter }) => `"${parameter}"`).join(", ");
  throw new HttpError("invalid_request", `The body does not have the right form: ${named}.`, {
    faults,
  });
}

async function readBody(c: AppContext): Promise<string> {
  const { incoming, outgoing } = c.env;
  if (Number(incoming.headers["content-length"] ?? 0) > MAX_JSON_BYTES) {
    outgoing.shouldKeepAlive = false;
    throw tooLarge();
  }
  const read = async (): Promise<string> => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    for await (const piece of incoming) {
      if (!(piece instanceof Buffer)) continue;
      pieces.push(piece);
      bytes += piece.length;
      if (bytes > MAX_JSON_BYTES) throw tooLarge();
    }
    return Buffer.concat(pieces).toString("utf8");
  };
  try {
    return await withTimeout(JSON_BODY_MS, "Reading the body", read);
  } catch (error) {
    outgoing.shouldKeepAlive = false;
    if (!(error instanceof TimeoutError)) throw error;
    throw new HttpError("timeout", error.message, { status: 408 });
  }
}

function tooLarge(): HttpError {
  return new HttpError("too_large", `A JSON body has at most ${MAX_JSON_BYTES} bytes.`);
}
