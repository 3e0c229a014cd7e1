import type { IncomingMessage } from "node:http";

import { AbortedError, type IpfsKitError } from "@ipfs-kit/core";

import type { Caller } from "./access.ts";
import type { EdgeResponse } from "./edge-response.ts";

/** What a route is given beside the request: Node's own objects, and what the edge knows. */
export class RequestEnv {
  readonly incoming: IncomingMessage;
  readonly outgoing: EdgeResponse;
  /** Absent for a stranger. */
  readonly principal: Caller | undefined;
  /** The route has time limits of its own, or none: a collection of garbage takes what it takes. */
  keepsOwnTime = false;
  #controller: AbortController | undefined;
  #end: IpfsKitError | undefined;

  constructor(outgoing: EdgeResponse) {
    this.incoming = outgoing.req;
    this.outgoing = outgoing;
    this.principal = outgoing.caller;
  }

  /** Fires when nobody waits for the answer any more: the client is gone, or its time is up. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#end !== undefined) this.#controller.abort(this.#end);
      this.outgoing.once("close", () => {
        if (!this.outgoing.writableFinished) this.end(new AbortedError("The client went away."));
      });
    }
    return this.#controller.signal;
  }

  /** What is done for the request may stop. */
  end(reason: IpfsKitError): void {
    this.#end ??= reason;
    this.#controller?.abort(this.#end);
  }
}
