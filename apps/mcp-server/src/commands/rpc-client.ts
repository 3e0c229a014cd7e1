import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";

import {
  abortReason,
  ERROR_CODES,
  type ErrorCode,
  IpfsKitError,
  TimeoutError,
} from "@ipfs-kit/core";

import { UnreachableError } from "./command-exit.ts";

/** Longest line and error body read from a server. */
const MAX_LINE_BYTES = 1024 * 1024;

export interface RpcClientInit {
  /** Where the server's control listener is, e.g. `http://127.0.0.1:8000`. */
  url: URL;
  /** How long the server may be silent, before the first byte of an answer and between two. */
  idleMs: number;
}

export interface RpcCall {
  /** Arguments; one given several times is sent several times. */
  query?: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  body?: { type: string; bytes: AsyncIterable<Uint8Array> } | undefined;
  signal: AbortSignal;
}

/** Calls of the Kubo-compatible API of one server. Nothing is believed that was cut short. */
export class RpcClient {
  readonly #init: RpcClientInit;

  constructor(init: RpcClientInit) {
    this.#init = init;
  }

  /**
   * The bytes of an answer, as they come.
   *
   * @throws UnreachableError; TimeoutError; IpfsKitError with the code the server gave
   */
  async *bytes(command: string, call: RpcCall): AsyncGenerator<Uint8Array, void> {
    const upload: Upload = { failure: undefined };
    const response = await this.#sendAgainWhenStale(command, call, upload);
    try {
      for await (const chunk of response) yield bytesOf(chunk);
    } catch (error) {
      if (call.signal.aborted) throw abortReason(call.signal);
      throw upload.failure ?? cutShort(error);
    } finally {
      response.destroy();
    }
    const late = response.trailers["x-stream-error"];
    if (late !== undefined) throw new IpfsKitError("unavailable", `The server gave up: ${late}`);
  }

  /**
   * The objects of an answer of one JSON text per line, as they come. One that tells of a failure is
   * thrown.
   */
  async *lines(command: string, call: RpcCall): AsyncGenerator<unknown, void> {
    let rest = Buffer.alloc(0);
    for await (const chunk of this.bytes(command, call)) {
      rest = Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        if (end > 0) yield checked(rest.subarray(0, end));
        rest = rest.subarray(end + 1);
      }
      if (rest.length > MAX_LINE_BYTES) throw cutShort(new RangeError("a line without end"));
    }
    if (rest.length > 0) yield checked(rest);
  }

  /** The one object of an answer; of several, the last. */
  async object(command: string, call: RpcCall): Promise<unknown> {
    let last: unknown;
    for await (const line of this.lines(command, call)) last = line;
    return last;
  }

  /** A connection that was kept open may end at the moment it is used again. */
  async #sendAgainWhenStale(
    command: string,
    call: RpcCall,
    upload: Upload,
  ): Promise<IncomingMessage> {
    try {
      return await this.#send(command, call, upload);
    } catch (error) {
      if (!(error instanceof StaleConnectionError) || call.body !== undefined) throw error;
      return this.#send(command, call, upload);
    }
  }

  async #send(
    command: string,
    { query = {}, body, signal }: RpcCall,
    upload: Upload,
  ): Promise<IncomingMessage> {
    const url = new URL(`api/v0/${command}`, this.#base());
    for (const [name, value] of Object.entries(query)) {
      for (const text of [value ?? []].flat()) url.searchParams.append(name, String(text));
    }
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const request = send(url, {
      method: "POST",
      signal,
      headers: {
        accept: "application/problem+json, */*;q=0.5",
        ...(body === undefined ? { "content-length": 0 } : { "content-type": body.type }),
      },
    });
    request.setTimeout(this.#init.idleMs, () => request.destroy(this.#silent()));
    const answered = Promise.withResolvers<IncomingMessage>();
    request.once("response", answered.resolve);
    request.on("error", answered.reject);
    // A server that refuses answers before it has read everything: then its answer counts.
    const bytes = body === undefined ? [] : Readable.from(watched(body.bytes, upload));
    const sent = pipeline(bytes, request);
    sent.catch(answered.reject);
    try {
      const response = await answered.promise;
      if (response.statusCode === 200) return response;
      throw await refusal(response);
    } catch (error) {
      request.destroy();
      if (signal.aborted) throw abortReason(signal);
      const failure = upload.failure ?? error;
      if (failure instanceof IpfsKitError) throw failure;
      throw request.reusedSocket
        ? new StaleConnectionError(url.origin, failure)
        : new UnreachableError(url.origin, failure);
    }
  }

  #base(): URL {
    const base = new URL(this.#init.url);
    if (!base.pathname.endsWith("/")) base.pathname += "/";
    return base;
  }

  #silent(): TimeoutError {
    return new TimeoutError(`The server was silent for ${this.#init.idleMs / 1000} s.`);
  }
}

/** What became of what was to be sent: its failure comes before that of the answer it caused. */
interface Upload {
  failure: unknown;
}

/** The server hung up on a connection that had been used before. */
class StaleConnectionError extends UnreachableError {}

async function* watched(
  bytes: AsyncIterable<Uint8Array>,
  upload: Upload,
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* bytes;
  } catch (error) {
    upload.failure = error;
    throw error;
  }
}

function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError("The answer is no stream of bytes.");
}

/** @throws IpfsKitError the failure a line tells of; `unavailable` when it is no JSON */
function checked(line: Buffer): unknown {
  let value: unknown;
  try {
    value = JSON.parse(line.toString());
  } catch (error) {
    throw new IpfsKitError("unavailable", "The server answered something that is no JSON.", {
      cause: error,
    });
  }
  const failure = failureIn(value);
  if (failure !== undefined) throw failure;
  return value;
}

function cutShort(cause: unknown): IpfsKitError {
  if (cause instanceof IpfsKitError) return cause;
  return new IpfsKitError("unavailable", "The server broke off its answer.", { cause });
}

/** What a server says in place of a result: problem+json, or Kubo's `{Message}`. */
async function refusal(response: IncomingMessage): Promise<IpfsKitError> {
  const { statusCode = 0 } = response;
  if (statusCode >= 300 && statusCode < 400) {
    return new IpfsKitError("unavailable", "The server points elsewhere, which is not followed.");
  }
  let text = "";
  for await (const chunk of response) {
    text += String(chunk);
    if (text.length > MAX_LINE_BYTES) break;
  }
  response.destroy();
  return (
    failureIn(jsonOr(text)) ??
    new IpfsKitError(codeOfStatus(statusCode), `The server answered ${statusCode}.`)
  );
}

/** What a problem, or an error object among the lines of an answer, stands for; `undefined` for others. */
function failureIn(body: unknown): IpfsKitError | undefined {
  const message = textAt(body, "detail") ?? textAt(body, "Message") ?? textAt(body, "title");
  if (message === undefined) return undefined;
  const given = textAt(body, "code") ?? textAt(body, "error_code");
  return new IpfsKitError(ERROR_CODES.find((code) => code === given) ?? "unavailable", message);
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 404) return "not_found";
  if (status === 401 || status === 403) return "origin_not_allowed";
  return status === 504 || status === 408 ? "timeout" : "unavailable";
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A text field of an object that came from outside. */
export function textAt(value: unknown, name: string): string | undefined {
  const found: unknown =
    typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  return typeof found === "string" ? found : undefined;
}
