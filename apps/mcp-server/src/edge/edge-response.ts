import { type OutgoingHttpHeader, type OutgoingHttpHeaders, ServerResponse } from "node:http";

import type { Caller } from "./access.ts";
import { REQUEST_ID } from "./request-id.ts";

/** Headers of every answer of a listener, in small letters. */
export type EdgeHeaders = Readonly<Record<string, string>>;

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[];

/**
 * An answer that knows what the edge found out about its request. The headers every answer has are
 * added when the header is written, in one go: to set them one by one costs a multiple of it.
 */
export class EdgeResponse extends ServerResponse {
  requestId = "";
  /** By `performance.now()`. */
  startedAt = 0;
  caller: Caller | undefined;
  /** What the app writes goes before these. */
  edgeHeaders: EdgeHeaders = {};

  /** A page of another origin may, or could, read it: caches must keep answers apart. */
  get #variesByOrigin(): boolean {
    return this.edgeHeaders["vary"] !== undefined;
  }

  /** The request id is there from the beginning, for whoever reports a failure under it. */
  override getHeader(name: string): ReturnType<ServerResponse["getHeader"]> {
    return super.getHeader(name) ?? (name === REQUEST_ID ? this.requestId : undefined);
  }

  override writeHead(statusCode: number, statusMessage?: string, headers?: Headers): this;
  override writeHead(statusCode: number, headers?: Headers): this;
  override writeHead(statusCode: number, second?: string | Headers, third?: Headers): this {
    const message = typeof second === "string" ? second : undefined;
    const given = typeof second === "string" ? third : second;
    if (Array.isArray(given) || this.getHeaderNames().length > 0) {
      return this.#writeOneByOne(statusCode, message, given);
    }
    const headers: OutgoingHttpHeaders = {
      ...this.edgeHeaders,
      [REQUEST_ID]: this.requestId,
      ...given,
    };
    if (this.#variesByOrigin && given?.["vary"] !== undefined) {
      headers["vary"] = `${given["vary"]}, Origin`;
    }
    return message === undefined
      ? super.writeHead(statusCode, headers)
      : super.writeHead(statusCode, message, headers);
  }

  /** Beside headers that were set before, or that may be there twice. */
  #writeOneByOne(
    statusCode: number,
    message: string | undefined,
    given: Headers | undefined,
  ): this {
    this.appendHeader(REQUEST_ID, this.requestId);
    for (const [name, value] of Object.entries(this.edgeHeaders)) {
      if (!this.hasHeader(name)) this.setHeader(name, value);
    }
    return message === undefined
      ? super.writeHead(statusCode, given)
      : super.writeHead(statusCode, message, given);
  }
}
