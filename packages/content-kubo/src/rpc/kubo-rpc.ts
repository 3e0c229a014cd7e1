import { Agent, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent } from "node:https";

import {
  abortReason,
  anySignal,
  InvalidStateError,
  type Logger,
  throwIfAborted,
  withTimeout,
} from "@ipfs-kit/core";

import { authorizationOf, type KuboAuth } from "../api-address.ts";
import {
  BREAKER_FAILURES,
  BREAKER_MAX_OPEN_MS,
  BREAKER_OPEN_MS,
  KUBO_SHARE_OF_DEADLINE,
  MAX_ANSWER_BYTES,
  MAX_SOCKETS,
  MAX_UPLOAD_ANSWER_BYTES,
} from "../defaults.ts";
import { assertOk, bytesOf, JsonLines, parseJson } from "./answer.ts";
import { type BreakerState, type CallOutcome, CircuitBreaker } from "./circuit-breaker.ts";
import { bodyOf, post, SourceFailure, upload } from "./exchange.ts";
import { isKuboDown, notKubo } from "./kubo-error.ts";
import type { Multipart } from "./multipart.ts";
import { Watchdog } from "./watchdog.ts";

export interface KuboTimeouts {
  /** Until the whole of a short answer or of a block is here. @default 60 000 */
  requestMs: number;
  /** Between two pieces of a long answer, or until Kubo takes the next piece of an upload. @default 30 000 */
  idleMs: number;
  /** While Kubo works in silence: pins what was uploaded, looks for garbage. @default 600 000 */
  commitMs: number;
}

export type Params = Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined>
>;

export interface CallOptions {
  params?: Params | undefined;
  signal?: AbortSignal | undefined;
  /** Instead of the deadline for short answers. */
  requestMs?: number | undefined;
  /** Asks even while the breaker is open. */
  insist?: boolean | undefined;
  /** The stop waits for its end, because to cut it short would lose something. @default false */
  outlivesStop?: boolean | undefined;
}

export interface KuboRpcInit {
  api: URL;
  auth: KuboAuth | undefined;
  timeouts: KuboTimeouts;
  logger: Logger;
  /** Told how each call ended, and why it failed. */
  onOutcome(outcome: CallOutcome, error?: unknown): void;
}

/**
 * Calls to the RPC API of one Kubo, on Node's own HTTP client.
 *
 * `kubo-rpc-client` cannot be made to keep the promises of this package, for any call: it follows
 * redirects to wherever they lead, collects an answer without end in memory, takes an answer that
 * broke off for whole (`fetch` does not show the trailer `X-Stream-Error`), does not enforce its
 * timeouts, and shares its connections with everything else in the process, so that they outlive the
 * store. The tests have it read what is written here.
 */
export class KuboRpc {
  readonly #init: KuboRpcInit;
  readonly #breaker: CircuitBreaker;
  readonly #headers: Record<string, string>;
  #agents: { calls: Agent; fresh: Agent };
  #stopping: AbortController | undefined;
  #underWay = new Set<Promise<unknown>>();

  constructor(init: KuboRpcInit) {
    this.#init = init;
    const authorization = authorizationOf(init.auth);
    this.#headers = authorization === undefined ? {} : { authorization };
    this.#agents = this.#makeAgents();
    this.#breaker = new CircuitBreaker({
      failures: BREAKER_FAILURES,
      openMs: BREAKER_OPEN_MS,
      maxOpenMs: BREAKER_MAX_OPEN_MS,
      onChange: (state) => this.#tellOf(state),
    });
  }

  get breaker(): BreakerState {
    return this.#breaker.state;
  }

  get timeouts(): KuboTimeouts {
    return this.#init.timeouts;
  }

  start(): void {
    if (this.#stopping !== undefined) return;
    this.#stopping = new AbortController();
    this.#agents = this.#makeAgents();
  }

  /**
   * Ends every call but those that must not be cut short, and waits for these; then closes all
   * connections.
   */
  async stop(): Promise<void> {
    this.#stopping?.abort(new InvalidStateError("The content store was stopped."));
    this.#stopping = undefined;
    await Promise.allSettled(this.#underWay);
    this.#agents.calls.destroy();
    this.#agents.fresh.destroy();
  }

  /** @throws InvalidStateError outside of `start()` and `stop()` */
  assertRunning(): AbortSignal {
    if (this.#stopping !== undefined) return this.#stopping.signal;
    throw new InvalidStateError("The content store is not running.");
  }

  /** A short answer. */
  async json(command: string, options: CallOptions = {}): Promise<unknown> {
    return this.#whole(command, options, async (answer) =>
      parseJson((await bytesOf(answer, MAX_ANSWER_BYTES)).toString()),
    );
  }

  /** An answer of bytes. @throws IpfsKitError `too_large` */
  async bytes(command: string, maxBytes: number, options: CallOptions = {}): Promise<Uint8Array> {
    return this.#whole(command, options, async (answer) => bytesOf(answer, maxBytes));
  }

  /**
   * A long answer, line by line. It counts as ended only when Kubo says that all went well.
   *
   * @param options.requestMs milliseconds until the first line. @default that for short answers
   */
  async *lines(command: string, options: CallOptions = {}): AsyncGenerator<unknown, void> {
    const call = this.#enter(command, options);
    const { requestMs = this.timeouts.requestMs } = options;
    try {
      const answer = await call.watchdog.during(requestMs, this.#send(command, options, call));
      yield* linesOf(answer, call.watchdog, { idleMs: this.timeouts.idleMs });
      call.leave("answered");
    } catch (error) {
      throw call.failed(error);
    } finally {
      call.leave("cancelled");
    }
  }

  /**
   * Sends a form; resolves with the lines of the answer. The deadline runs only while Kubo is waited
   * for.
   *
   * @param options.requestMs milliseconds from the end of the form to the answer. @default `commitMs`
   */
  async upload(command: string, form: Multipart, options: CallOptions = {}): Promise<unknown[]> {
    const call = this.#enter(command, options);
    try {
      const answer = await upload({
        url: this.#urlOf(command, options.params),
        // A connection of its own: one that broke under an upload must not be met again.
        agent: this.#agents.fresh,
        headers: { ...this.#headers, "content-type": form.contentType },
        signal: call.signal,
        body: form.body,
        watchdog: call.watchdog,
        idleMs: this.timeouts.idleMs,
        commitMs: options.requestMs ?? this.timeouts.commitMs,
      });
      await call.watchdog.during(this.timeouts.requestMs, assertOk(answer));
      const lines: unknown[] = [];
      for await (const line of linesOf(answer, call.watchdog, {
        idleMs: this.timeouts.idleMs,
        maxBytes: MAX_UPLOAD_ANSWER_BYTES,
      })) {
        lines.push(line);
      }
      call.leave("answered");
      return lines;
    } catch (error) {
      throw call.failed(error);
    } finally {
      call.leave("cancelled");
    }
  }

  async #whole<T>(
    command: string,
    options: CallOptions,
    use: (answer: IncomingMessage) => Promise<T>,
  ): Promise<T> {
    const call = this.#enter(command, options);
    const { requestMs = this.timeouts.requestMs } = options;
    // So that Kubo stops looking, and says that it did, before we give up on it.
    const timeout = `${Math.ceil(requestMs * KUBO_SHARE_OF_DEADLINE)}ms`;
    const params = { timeout, ...options.params };
    try {
      const result = await withTimeout(
        requestMs,
        `Kubo's answer to ${command}`,
        async (signal) => use(await this.#send(command, { params }, { signal })),
        { signal: call.signal },
      );
      call.leave("answered");
      return result;
    } catch (error) {
      throw call.failed(error);
    } finally {
      call.leave("cancelled");
    }
  }

  async #send(
    command: string,
    { params }: CallOptions,
    { signal }: { signal: AbortSignal },
  ): Promise<IncomingMessage> {
    const answer = await post({
      url: this.#urlOf(command, params),
      agent: this.#agents.calls,
      freshAgent: this.#agents.fresh,
      headers: this.#headers,
      signal,
    });
    await assertOk(answer);
    return answer;
  }

  /** Begins a call: joins what can end it, and sees to it that its end is counted once. */
  #enter(command: string, { signal: callerSignal, insist, outlivesStop = false }: CallOptions) {
    const stopping = this.assertRunning();
    throwIfAborted(callerSignal);
    const leaveBreaker = this.#breaker.enter({ insist: insist ?? false });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#underWay.add(promise);
    const watchdog = new Watchdog(`Kubo's answer to ${command}`);
    const stop = outlivesStop ? undefined : stopping;
    const signal = anySignal(callerSignal, stop, watchdog.signal);
    let hasLeft = false;
    const leave = (outcome: CallOutcome, error?: unknown) => {
      if (hasLeft) return;
      hasLeft = true;
      stop?.removeEventListener("abort", onStop);
      leaveBreaker(outcome);
      this.#init.onOutcome(outcome, error);
      this.#underWay.delete(promise);
      resolve();
    };
    // Not when the answer has been read to its end: its reader may be waiting for the stop.
    const onStop = () => leave("cancelled");
    stop?.addEventListener("abort", onStop, { once: true });
    const failed = (error: unknown): unknown => {
      if (error instanceof SourceFailure) {
        leave("cancelled");
        return error.cause;
      }
      const told = signal.aborted ? abortReason(signal) : error;
      const isOurs = callerSignal?.aborted === true || stop?.aborted === true;
      if (isOurs) leave("cancelled");
      else leave(isKuboDown(told) ? "failed" : "answered", told);
      return told;
    };
    return { signal, watchdog, leave, failed };
  }

  #urlOf(command: string, params: Params = {}): URL {
    const url = new URL(this.#init.api);
    url.pathname = `${url.pathname}/${command}`;
    for (const [name, value] of Object.entries(params)) {
      const values = Array.isArray(value) ? value : [value];
      for (const one of values) {
        if (one !== undefined) url.searchParams.append(name, String(one));
      }
    }
    return url;
  }

  /** An agent of our own: its connections end with the store, and nobody else's failures show up here. */
  #makeAgents(): { calls: Agent; fresh: Agent } {
    const Kind = this.#init.api.protocol === "https:" ? HttpsAgent : Agent;
    return {
      calls: new Kind({ keepAlive: true, maxSockets: MAX_SOCKETS, scheduling: "lifo" }),
      fresh: new Kind({ keepAlive: false, maxSockets: MAX_SOCKETS }),
    };
  }

  #tellOf(state: BreakerState): void {
    if (state === "open") this.#init.logger.warn("Kubo does not answer and is left alone for now");
    if (state === "closed") this.#init.logger.info("Kubo answers again");
  }
}

async function* linesOf(
  answer: IncomingMessage,
  watchdog: Watchdog,
  { idleMs, maxBytes = Infinity }: { idleMs: number; maxBytes?: number },
): AsyncGenerator<unknown, void> {
  const lines = new JsonLines();
  let bytes = 0;
  const pieces = bodyOf(answer);
  try {
    for (;;) {
      const piece = await watchdog.during(idleMs, pieces.next());
      if (piece.done === true) break;
      bytes += piece.value.length;
      if (bytes > maxBytes) throw notKubo(`its answer has more than ${maxBytes} bytes`);
      yield* lines.push(piece.value);
    }
    yield* lines.end();
  } finally {
    // Whoever leaves early must not leave the connection behind.
    answer.destroy();
  }
}
