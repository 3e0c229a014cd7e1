import type { ServerResponse } from "node:http";

import {
  abortReason,
  AbortedError,
  type AbortOptions,
  LimitExceededError,
  throwIfAborted,
  TimeoutError,
} from "@ipfs-kit/core";

import { slices } from "../slices.ts";

import {
  ANSWER_STALL_MS,
  CUT_GRACE_MS,
  CUT_PAUSE_MS,
  MAX_ANSWER_BACKLOG_BYTES,
} from "./defaults.ts";

export interface AnswerInit {
  /**
   * Kubo's own command asks. It reads the trailer in which Kubo says that a stream failed, and
   * complains about bytes of any type but plain text. @default false
   */
  forKubo?: boolean;
}

/** Kubo's trailer for a failure after the header went out. */
const STREAM_ERROR = "X-Stream-Error";

const KUBO_HEADERS = { trailer: STREAM_ERROR, "content-type": "text/plain" };

/** The header of each kind of answer. */
const HEADERS = {
  value: { "content-type": "application/json" },
  // As Kubo has it: its own command takes no other type for a stream of objects.
  lines: { "content-type": "application/json", "x-chunked-output": "1" },
  // Content of strangers never renders from the origin of the API.
  bytes: {
    "content-type": "application/octet-stream",
    "x-stream-output": "1",
    "content-security-policy": "sandbox; default-src 'none'",
    "x-content-type-options": "nosniff",
  },
} as const;

/**
 * The answer to one call: an object, lines, or bytes. One that cannot be completed is cut so that
 * every client can tell, never ended as if it were whole.
 */
export class Answer {
  readonly #outgoing: ServerResponse;
  readonly #forKubo: boolean;
  #kind: keyof typeof HEADERS | undefined;

  constructor(outgoing: ServerResponse, { forKubo = false }: AnswerInit = {}) {
    this.#outgoing = outgoing;
    this.#forKubo = forKubo;
  }

  /** Whether the status is on its way, so that a failure can no longer have one of its own. */
  get started(): boolean {
    return this.#outgoing.headersSent;
  }

  /** Sends the header. */
  start(kind: keyof typeof HEADERS, headers: Readonly<Record<string, string>> = {}): void {
    if (this.started || this.#outgoing.destroyed) return;
    this.#kind = kind;
    this.#outgoing.writeHead(200, {
      ...HEADERS[kind],
      "cache-control": "no-store",
      ...(this.#forKubo && kind === "bytes" ? KUBO_HEADERS : {}),
      ...headers,
    });
  }

  /** The whole answer. @throws as {@link send} */
  async value(value: object, options: AbortOptions): Promise<void> {
    const body = Buffer.from(asLine(value));
    this.start("value", { "content-length": String(body.length) });
    await this.#push(body, options);
    this.#outgoing.end();
  }

  /**
   * A line while the request is still coming in. It does not wait for the client: browsers read only
   * after they have sent everything, so waiting would be a deadlock.
   *
   * @throws LimitExceededError when the client has left too much unread.
   */
  line(line: object): void {
    if (this.#outgoing.writableLength > MAX_ANSWER_BACKLOG_BYTES) {
      throw new LimitExceededError("Too many answers are unread: send fewer files per request.");
    }
    this.#write(asLine(line));
  }

  /** For lines nobody misses: left out while the client is not reading. */
  lineIfIdle(line: object): void {
    if (!this.#outgoing.writableNeedDrain) this.#write(asLine(line));
  }

  /**
   * Resolves when the client has room for more.
   *
   * @throws TimeoutError when it takes nothing; AbortedError when it is gone
   */
  async send(piece: Uint8Array | object, options: AbortOptions): Promise<void> {
    const bytes = piece instanceof Uint8Array;
    this.start(bytes ? "bytes" : "lines");
    await this.#push(bytes ? piece : Buffer.from(asLine(piece)), options);
  }

  /** The answer is whole. */
  end(kind: "lines" | "bytes"): void {
    this.start(kind);
    this.#outgoing.end();
  }

  /**
   * The answer will not be whole. Lines end with one that says why. Then the connection is cut without
   * the end mark, so that no client can take what it has for everything; only a client that reads
   * Kubo's trailer gets that instead, with the reason.
   *
   * Browsers read only after they have sent everything, and drop what comes together with the end:
   * the rest of the request is taken and the end comes a moment later, but all of it within
   * {@link CUT_GRACE_MS}.
   */
  cut(failure: object, message: string): void {
    if (this.#outgoing.destroyed) return;
    if (this.#kind === "lines") {
      this.#write(asLine(failure));
    } else if (this.#forKubo) {
      this.#outgoing.addTrailers({ [STREAM_ERROR]: asHeader(message) });
      this.#outgoing.shouldKeepAlive = false;
      this.#outgoing.end();
      return;
    }
    const { req, socket } = this.#outgoing;
    if (socket === null || socket.destroyed) return;
    const timers = [setTimeout(() => socket.destroy(), CUT_GRACE_MS)];
    socket.once("close", () => timers.forEach(clearTimeout));
    const endSoon = () => timers.push(setTimeout(() => socket.destroySoon(), CUT_PAUSE_MS));
    if (req.readableEnded) endSoon();
    // A listener, as resume() alone is undone when whoever read so far lets go.
    else req.once("end", endSoon).on("data", () => {});
  }

  /** Slice by slice, so that a slow client has its time for each and not for all. */
  async #push(bytes: Uint8Array, { signal }: AbortOptions): Promise<void> {
    for (const slice of slices(bytes)) {
      if (this.#outgoing.destroyed) throw new AbortedError("The client went away.");
      if (!this.#outgoing.write(slice)) await this.#drained(signal);
    }
  }

  /** By hand, as it is waited for after each slice: a signal made of two costs more than the slice. */
  async #drained(signal: AbortSignal | undefined): Promise<void> {
    throwIfAborted(signal);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => signal !== undefined && reject(abortReason(signal));
    const onStall = () => reject(new TimeoutError("The client took nothing of its answer."));
    const timer = setTimeout(onStall, ANSWER_STALL_MS);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#outgoing.once("drain", resolve);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      this.#outgoing.off("drain", resolve);
    }
  }

  #write(text: string): void {
    if (this.#outgoing.destroyed) return;
    this.start("lines");
    this.#outgoing.write(text);
  }
}

function asLine(line: object): string {
  return `${JSON.stringify(line)}\n`;
}

/** What a header may hold; messages may quote names from strangers. */
function asHeader(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 1024);
}
