import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";

import {
  abortReason,
  delay,
  ERROR_CODES,
  type ErrorCode,
  IpfsKitError,
  TimeoutError,
} from "@ipfs-kit/core";

import { UnreachableError } from "./command-exit.ts";
import { textAt } from "./json-fields.ts";

/** Longest line and error body read from a server. */
const MAX_LINE_BYTES = 1024 * 1024;
/** Largest JSON document read from a server. */
const MAX_JSON_BYTES = 16 * 1024 * 1024;
/** How long one call waits in all for a server that says it is asked too often, and for each time. */
const MAX_BUSY_MS = 60_000;
const MIN_BUSY_MS = 250;

export interface RpcClientInit {
  /** Where the server's control listener is, e.g. `http://127.0.0.1:8000`. */
  url: URL;
  /** Sent with every call as `Authorization: Bearer`; whether the line is safe for it was decided before. */
  token?: string | undefined;
  /** How long the server may be silent, before the first byte of an answer and between two. */
  idleMs: number;
}

export interface RpcCall {
  /** Kubo's commands are all POST. @default "POST" */
  method?: "GET" | "POST";
  /** Further headers, by lower-case name. */
  headers?: Readonly<Record<string, string>>;
  /** Statuses besides 200 and 201 that come with an answer, not with a failure. @default none */
  answers?: readonly number[];
  /** Arguments; one given several times is sent several times. */
  query?: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  body?: { type: string; bytes: AsyncIterable<Uint8Array> } | undefined;
  signal: AbortSignal;
}

/** Calls below `/api/v0/` of one server. Nothing is believed that was cut short. */
export class RpcClient {
  readonly #init: RpcClientInit;

  constructor(init: RpcClientInit) {
    this.#init = init;
  }

  /** Where the server is, with a slash at the end. */
  get url(): URL {
    const url = new URL(this.#init.url);
    if (!url.pathname.endsWith("/")) url.pathname += "/";
    return url;
  }

  /** What every request to this server carries, a WebSocket upgrade too. */
  get authorization(): Readonly<Record<string, string>> {
    const { token } = this.#init;
    return token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  /**
   * The bytes of an answer, as they come.
   *
   * @throws UnreachableError; TimeoutError; IpfsKitError with the code the server gave
   */
  async *bytes(command: string, call: RpcCall): AsyncGenerator<Uint8Array, void> {
    const upload: Upload = { failure: undefined };
    const response = await this.#sendPatiently(command, call, upload);
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

  /** The answer to a `GET`: one JSON document. */
  async json(path: string, call: RpcCall): Promise<unknown> {
    const pieces: Uint8Array[] = [];
    let size = 0;
    for await (const piece of this.bytes(path, { method: "GET", ...call })) {
      size += piece.length;
      if (size > MAX_JSON_BYTES) throw cutShort(new RangeError("a document without end"));
      pieces.push(piece);
    }
    return parsed(Buffer.concat(pieces));
  }

  /**
   * A connection that was kept open may end at the moment it is used again, and a server that is asked
   * too often says when to come again. What was sent with a body cannot be sent twice.
   */
  async #sendPatiently(command: string, call: RpcCall, upload: Upload): Promise<IncomingMessage> {
    let [waitedMs, wasStale] = [0, false];
    for (;;) {
      try {
        return await this.#send(command, call, upload);
      } catch (error) {
        if (call.body !== undefined) throw error;
        if (error instanceof TooOftenError && waitedMs + error.waitMs <= MAX_BUSY_MS) {
          waitedMs += error.waitMs;
          await delay(error.waitMs, { signal: call.signal });
        } else if (error instanceof StaleConnectionError && !wasStale) {
          wasStale = true;
        } else {
          throw error;
        }
      }
    }
  }

  async #send(
    command: string,
    { query = {}, body, signal, method = "POST", headers = {}, answers = [] }: RpcCall,
    upload: Upload,
  ): Promise<IncomingMessage> {
    const url = new URL(`api/v0/${command}`, this.url);
    for (const [name, value] of Object.entries(query)) {
      for (const text of [value ?? []].flat()) url.searchParams.append(name, String(text));
    }
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const request = send(url, {
      method,
      signal,
      headers: {
        accept: "application/problem+json, */*;q=0.5",
        ...this.authorization,
        ...(body !== undefined && { "content-type": body.type }),
        ...(body === undefined && method === "POST" && { "content-length": 0 }),
        ...headers,
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
      const { statusCode = 0 } = response;
      if (statusCode === 200 || statusCode === 201 || answers.includes(statusCode)) return response;
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

/** The server wants to be asked less often. */
class TooOftenError extends IpfsKitError {
  override readonly name = "TooOftenError";
  /** Until it may be asked again. */
  readonly waitMs: number;

  constructor(message: string, retryAfter: string | undefined) {
    super("rate_limited", message);
    this.waitMs = Math.max(Number(retryAfter ?? 1) * 1000 || 0, MIN_BUSY_MS);
  }
}

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
  const value = parsed(line);
  const failure = failureIn(value, "unavailable");
  if (failure !== undefined) throw failure;
  return value;
}

function parsed(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString());
  } catch (cause) {
    throw new IpfsKitError("unavailable", "The server answered something that is no JSON.", {
      cause,
    });
  }
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
  const code = CODE_OF_STATUS.get(statusCode) ?? "unavailable";
  const failure =
    failureIn(jsonOr(text), code) ?? new IpfsKitError(code, `The server answered ${statusCode}.`);
  return statusCode === 429
    ? new TooOftenError(failure.message, response.headers["retry-after"])
    : failure;
}

/** What a problem, or an error object among the lines of an answer, stands for; `undefined` for others. */
function failureIn(body: unknown, otherwise: ErrorCode): IpfsKitError | undefined {
  const message = textAt(body, "detail") ?? textAt(body, "Message") ?? textAt(body, "title");
  if (message === undefined) return undefined;
  const given = textAt(body, "code") ?? textAt(body, "error_code");
  return new IpfsKitError(ERROR_CODES.find((code) => code === given) ?? otherwise, message);
}

/** For an answer that does not name its code. */
const CODE_OF_STATUS: ReadonlyMap<number, ErrorCode> = new Map([
  [401, "unauthenticated"],
  [403, "forbidden"],
  [404, "not_found"],
  [405, "method_not_allowed"],
  [408, "timeout"],
  [413, "too_large"],
  [429, "rate_limited"],
  [504, "timeout"],
  [507, "storage_full"],
]);

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
