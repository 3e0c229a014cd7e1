import {
  type ClientRequest,
  type IncomingMessage,
  request as httpRequest,
  type Agent,
} from "node:http";
import { request as httpsRequest } from "node:https";

import { IpfsKitError } from "@ipfs-kit/core";

import { kuboError, notKubo, unreachable } from "./kubo-error.ts";
import type { Watchdog } from "./watchdog.ts";

interface ExchangeInit {
  url: URL;
  agent: Agent;
  headers: Record<string, string>;
  /** Ends the exchange, in whatever state. */
  signal: AbortSignal;
}

export interface PostInit extends ExchangeInit {
  /** For connections that are used once. */
  freshAgent: Agent;
}

export interface UploadInit extends ExchangeInit {
  body: AsyncIterable<Uint8Array>;
  watchdog: Watchdog;
  /** Milliseconds until Kubo takes the next piece. */
  idleMs: number;
  /** Milliseconds from the last piece to the answer. */
  commitMs: number;
}

/**
 * Sends a POST without a body; resolves with the answer once its headers are here. A connection that
 * was kept open and turns out to be closed is replaced once.
 */
export async function post(init: PostInit): Promise<IncomingMessage> {
  const request = open(init);
  const answer = answerTo(request);
  request.end();
  try {
    return await answer;
  } catch (error) {
    if (!request.reusedSocket || init.signal.aborted || !isReset(error)) throw unreachable(error);
  }
  // Not from the pool: when one of its connections is dead, the others may be too.
  const again = open({ ...init, agent: init.freshAgent });
  const answerAgain = answerTo(again);
  again.end();
  return answerAgain.catch((error: unknown) => {
    throw unreachable(error);
  });
}

/**
 * Sends a POST with a body, no faster than the far end takes it. When the body fails, the connection is
 * cut, so that what arrived cannot be taken for all of it. An answer that comes before the end of the
 * body ends the upload.
 *
 * @throws SourceFailure when the body failed; IpfsKitError otherwise
 */
export async function upload(init: UploadInit): Promise<IncomingMessage> {
  const { body, watchdog, commitMs } = init;
  const request = open(init);
  const answer = answerTo(request);
  const pieces = body[Symbol.asyncIterator]();
  const written = writeAll(request, pieces, init);
  const isWritten = written.then(() => true as const);
  isWritten.catch(() => {});
  try {
    const first = await Promise.race([answer, isWritten]);
    if (first !== true) {
      if (first.statusCode === 200 && !request.writableEnded) {
        throw notKubo("it answers before it has been sent everything");
      }
      // What is left of the body is never sent: the connection is of no more use.
      first.once("close", () => request.destroy());
      return first;
    }
    return await watchdog.during(commitMs, answer);
  } catch (error) {
    request.destroy();
    throw error instanceof SourceFailure || error instanceof IpfsKitError
      ? error
      : unreachable(error);
  } finally {
    // Not awaited: a source that hangs would hang the one who gave up on it.
    pieces.return?.().then(undefined, () => {});
  }
}

/** The bytes of an answer. Ends only when the answer is whole and Kubo does not say that it failed. */
export async function* bodyOf(message: IncomingMessage): AsyncGenerator<Uint8Array, void> {
  // A body that ends with its connection is whole to the client wherever it breaks off.
  const isFramed =
    message.headers["content-length"] !== undefined ||
    message.headers["transfer-encoding"] !== undefined;
  if (!isFramed) throw notKubo("its answer does not say where it ends");
  try {
    for await (const piece of message) if (piece instanceof Uint8Array) yield piece;
  } catch (error) {
    throw unreachable(error);
  }
  if (!message.complete) throw unreachable(new Error("the answer was cut short"));
  // What fails after the headers are sent, Kubo tells here. `fetch` cannot see it.
  const problem = message.trailers["x-stream-error"];
  if (problem !== undefined && problem !== "") throw kuboError(problem);
}

/** What failed was the body we were given, not Kubo: its `cause` is the reason. */
export class SourceFailure extends Error {}

function open({ url, agent, headers, signal }: ExchangeInit): ClientRequest {
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  return send(url, { method: "POST", agent, headers, signal });
}

async function answerTo(request: ClientRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  promise.catch(() => {});
  request.once("response", resolve);
  // Stays for good: a request can fail again after it has failed or has been answered.
  request.on("error", reject);
  request.once("close", () => reject(new Error("the connection was closed")));
  return promise;
}

async function writeAll(
  request: ClientRequest,
  pieces: AsyncIterator<Uint8Array>,
  { watchdog, idleMs }: UploadInit,
): Promise<void> {
  let isAnswered = false;
  request.once("response", () => (isAnswered = true));
  // Until one of our own connections is free, it is not Kubo that is waited for.
  await connecting(request);
  for (let item = await next(pieces); item.done !== true; item = await next(pieces)) {
    if (request.destroyed || isAnswered) return;
    if (!request.write(item.value)) await watchdog.during(idleMs, drained(request));
  }
  request.end();
}

async function next(pieces: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array>> {
  try {
    return await pieces.next();
  } catch (error) {
    throw new SourceFailure("The body of an upload failed.", { cause: error });
  }
}

/** Has a connection of its own, open or about to be, or will never have one. */
async function connecting(request: ClientRequest): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const event of ["socket", "close"] as const) request.once(event, () => resolve());
  await promise;
}

/** There is room again, or there is no use in waiting for it. */
async function drained(request: ClientRequest): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const events = ["drain", "close", "error", "response"] as const;
  for (const event of events) request.once(event, resolve);
  await promise;
  for (const event of events) request.off(event, resolve);
}

function isReset(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ECONNRESET";
}
