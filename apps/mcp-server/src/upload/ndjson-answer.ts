import type { ServerResponse } from "node:http";

import { LimitExceededError } from "@ipfs-kit/core";

import { CUT_GRACE_MS, CUT_PAUSE_MS, MAX_ANSWER_BACKLOG_BYTES } from "../defaults.ts";

/**
 * An answer of one JSON object per line, sent while the request is still coming in. Nothing here
 * waits for the client: browsers read only after they have sent everything, so waiting would be a
 * deadlock. What may be left out is left out; what may not has a cap.
 */
export class NdjsonAnswer {
  readonly #outgoing: ServerResponse;

  constructor(outgoing: ServerResponse) {
    this.#outgoing = outgoing;
  }

  /** Whether the status is on its way, so that a failure can no longer have one of its own. */
  get started(): boolean {
    return this.#outgoing.headersSent;
  }

  /** @throws LimitExceededError when the client has left too much unread. */
  send(line: object): void {
    if (this.#outgoing.writableLength > MAX_ANSWER_BACKLOG_BYTES) {
      throw new LimitExceededError("Too many answers are unread: send fewer files per request.");
    }
    this.#write(line);
  }

  /** For lines nobody misses: left out while the client is not reading. */
  sendIfIdle(line: object): void {
    if (!this.#outgoing.writableNeedDrain) this.#write(line);
  }

  /** The answer is whole. */
  end(): void {
    this.#start();
    this.#outgoing.end();
  }

  /**
   * The answer will not be whole: a last line says why, then the connection is cut without the end
   * mark, so that no client can take what it has for everything. Browsers read only after they have
   * sent everything, and drop what comes together with the end: the rest of the request is taken
   * and the end comes a moment later, but all of it within {@link CUT_GRACE_MS}.
   */
  cut(line: object): void {
    this.#write(line);
    const { req, socket } = this.#outgoing;
    if (socket === null || socket.destroyed) return;
    const timers = [setTimeout(() => socket.destroy(), CUT_GRACE_MS)];
    socket.once("close", () => timers.forEach(clearTimeout));
    const endSoon = () => timers.push(setTimeout(() => socket.destroySoon(), CUT_PAUSE_MS));
    if (req.readableEnded) endSoon();
    // A listener, as resume() alone is undone when whoever read so far lets go.
    else req.once("end", endSoon).on("data", () => {});
  }

  #write(line: object): void {
    if (this.#outgoing.destroyed) return;
    this.#start();
    this.#outgoing.write(`${JSON.stringify(line)}\n`);
  }

  #start(): void {
    if (this.started) return;
    this.#outgoing.writeHead(200, {
      // As Kubo has it: its own command takes no other type for a stream of objects.
      "content-type": "application/json",
      "cache-control": "no-store",
      "x-chunked-output": "1",
    });
  }
}
