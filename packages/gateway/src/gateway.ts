import {
  abortReason,
  type Blocks,
  type CID,
  type ContentRepository,
  errorCodeOf,
  type Logger,
  noopLogger,
  withTimeout,
} from "@ipfs-kit/core";
import { pull, readFile } from "@ipfs-kit/unixfs";
import { type Context, Hono } from "hono";

import { answerContent } from "./answer-content.ts";
import { bodyStream } from "./body-stream.ts";
import { ContentTypes } from "./content-types.ts";
import { cutConnection } from "./cut-connection.ts";
import {
  FIRST_BYTE_TIMEOUT_MS,
  MAX_CONCURRENT_REQUESTS,
  MAX_LISTED_ENTRIES,
  PROGRESS_TIMEOUT_MS,
} from "./defaults.ts";
import { HttpError } from "./http-error.ts";
import { keptWhileRead } from "./kept-while-read.ts";
import { problemAnswer } from "./problem-answer.ts";
import { RequestBlocks } from "./request-blocks.ts";
import { RequestWork } from "./request-work.ts";
import { isWhole, METHODS, respond, wholeBody } from "./respond.ts";

export interface GatewayInit {
  /** Where the content comes from. What it gives matches its CID, or it throws. */
  blocks: Pick<Blocks, "get" | "has">;
  /**
   * Reads files, and tells of it: `content_retrieved`; keeps what is read from being collected as
   * garbage. @default files are read from `blocks`
   */
  store?: Pick<ContentRepository, "read" | "keepWhileRead"> | undefined;
  /** @default says nothing */
  logger?: Logger;
  /** Requests answered at a time; more are sent away with 429. @default 4096 */
  maxConcurrentRequests?: number;
  /** Milliseconds until the first byte of an answer; then 504. @default 30 000 */
  firstByteTimeoutMs?: number;
  /** Milliseconds between two parts of an answer while the client waits; then it is cut. @default 30 000 */
  progressTimeoutMs?: number;
  /** Entries on the page of a folder; the rest is left out and said so. @default 10 000 */
  maxListedEntries?: number;
}

/**
 * `GET` and `HEAD` of `/ipfs/{cid}[/{path}]`. Content renders in the browser under the origin the app
 * is served from, so that origin must hold nothing else: no login, no control API.
 */
export function createGateway(init: GatewayInit): Hono {
  const gateway = new Gateway(init);
  const app = new Hono();
  app.all("/ipfs/*", (c) => gateway.serve(c));
  app.all("/ipns/*", (c) => gateway.refuseName(c));
  return app;
}

/** What concerns a request as a whole: its place among the others, its time limits, its end. */
class Gateway {
  readonly #init: Required<Omit<GatewayInit, "store">> & Pick<GatewayInit, "store">;
  readonly #types = new ContentTypes();
  #underWay = 0;

  constructor({
    logger = noopLogger,
    maxConcurrentRequests = MAX_CONCURRENT_REQUESTS,
    firstByteTimeoutMs = FIRST_BYTE_TIMEOUT_MS,
    progressTimeoutMs = PROGRESS_TIMEOUT_MS,
    maxListedEntries = MAX_LISTED_ENTRIES,
    blocks,
    store,
  }: GatewayInit) {
    this.#init = {
      blocks,
      store,
      logger,
      maxConcurrentRequests,
      firstByteTimeoutMs,
      progressTimeoutMs,
      maxListedEntries,
    };
  }

  refuseName(c: Context): Response {
    const error = new HttpError("not_supported", "Names under /ipns/ cannot be resolved here.", {
      status: 501,
    });
    return refuse(c, error);
  }

  async serve(c: Context): Promise<Response> {
    const { method } = c.req.raw;
    if (method === "OPTIONS") return respond({ status: 204, headers: { allow: METHODS } }, null);
    if (method !== "GET" && method !== "HEAD") return refuse(c, notAllowed());
    if (this.#underWay >= this.#init.maxConcurrentRequests) {
      return refuse(c, tooMany());
    }
    this.#underWay += 1;
    const work = new RequestWork(c.req.raw.signal, (error) => {
      this.#underWay -= 1;
      if (error !== undefined) this.#tellCut(c, error);
    });
    const { firstByteTimeoutMs } = this.#init;
    try {
      return await withTimeout(firstByteTimeoutMs, "The first part of the content", async () =>
        this.#answer(c, work),
      );
    } catch (error) {
      const reason = work.signal.aborted ? abortReason(work.signal) : error;
      this.#tell(c, reason);
      work.end();
      return refuse(c, reason);
    }
  }

  async #answer(c: Context, work: RequestWork): Promise<Response> {
    const { headers, method, url } = c.req.raw;
    const { signal } = work;
    const { store } = this.#init;
    const localOnly = isLocalOnly(headers.get("cache-control"));
    const blocks = new RequestBlocks({ blocks: this.#init.blocks, localOnly, signal });
    try {
      const answer = await answerContent({
        method: method === "HEAD" ? "HEAD" : "GET",
        url: new URL(url),
        headers,
        blocks,
        // A store may fetch from elsewhere; who wants only what is held here must not cause that.
        readFile: (cid, options) =>
          store === undefined || localOnly
            ? readFile(blocks, cid, options)
            : store.read(cid, options),
        keptWhileRead: (cid, items) => keptWhileRead(store, cid, items),
        signal,
        types: this.#types,
        maxListedEntries: this.#init.maxListedEntries,
      });
      const { body, length } = answer;
      if (method === "HEAD" || isWhole(body)) {
        work.end();
        return respond(answer, method === "HEAD" ? null : wholeBody(body));
      }
      blocks.startStreaming();
      const rest = pull(body, signal);
      // Waited for before the status goes out: what fails at once, fails with a status.
      const begun = await rest.next();
      const { progressTimeoutMs } = this.#init;
      const stream = bodyStream({
        rest,
        first: begun.done === true ? undefined : begun.value,
        length,
        signal,
        progressTimeoutMs,
        cut: () => cutConnection(c.env),
        onEnd: (error) => work.end(error),
      });
      return respond(answer, stream);
    } catch (error) {
      throw blocks.missed === undefined ? error : notHeld(blocks.missed, error);
    }
  }

  #tell(c: Context, error: unknown): void {
    const code = errorCodeOf(error);
    const fields = { path: c.req.path, error };
    if (code === "internal") this.#init.logger.error("a request failed", fields);
    else if (code === "integrity") this.#init.logger.warn("content is damaged", fields);
    else this.#init.logger.debug("a request was refused", fields);
  }

  #tellCut(c: Context, error: unknown): void {
    const fields = { path: c.req.path, error };
    if (errorCodeOf(error) === "aborted") this.#init.logger.debug("a client went away", fields);
    else this.#init.logger.warn("an answer was cut", fields);
  }
}

function refuse(c: Context, error: unknown): Response {
  const html = c.req.header("accept")?.includes("text/html") ?? false;
  const answer = problemAnswer(error, { html });
  return respond(answer, c.req.raw.method === "HEAD" ? null : wholeBody(answer.body));
}

function notAllowed(): HttpError {
  return new HttpError("method_not_allowed", `Only ${METHODS} are known here.`, {
    headers: { allow: METHODS },
  });
}

function tooMany(): HttpError {
  return new HttpError("limit_exceeded", "Too many requests are under way. Try again soon.");
}

function isLocalOnly(cacheControl: string | null): boolean {
  const directives = (cacheControl ?? "").toLowerCase().split(",");
  return directives.some((directive) => directive.trim() === "only-if-cached");
}

function notHeld(cid: CID, cause: unknown): HttpError {
  const block = cid.toString();
  return new HttpError("not_found", `Block ${block} is not held here, and it was not looked for.`, {
    status: 412,
    cause,
    details: { cid: block },
  });
}
