import { IpfsKitError, TimeoutError, UnavailableError } from "@ipfs-kit/core";
import type { ClientMessage, ServerMessage } from "@ipfs-kit/core/wire";

import { Deadline } from "./deadline.ts";
import { WELCOME_TIMEOUT_MS } from "./defaults.ts";
import type { WebSocketConstructor, WebSocketLike } from "./platform.ts";
import { readServerMessage } from "./server-message.ts";

export type Welcome = Extract<ServerMessage, { type: "welcome" }>;

export interface SignalingSocketInit {
  url: URL;
  WebSocket: WebSocketConstructor;
  /** Every understood message after `welcome`, in order. */
  onMessage: (message: ServerMessage) => void;
  /** Once, when the socket is of no more use; not after {@link SignalingSocket.close}. */
  onLost: (reason: IpfsKitError) => void;
}

/** One WebSocket that speaks the signaling dialect: parsed messages in, typed messages out. */
export class SignalingSocket {
  /** Settles with the server's first message; rejects when the socket is lost before it. */
  readonly welcome: Promise<Welcome>;
  readonly #init: SignalingSocketInit;
  readonly #greeting = Promise.withResolvers<Welcome>();
  readonly #deadline = new Deadline();
  #socket: WebSocketLike | undefined;
  #greeted = false;
  #over = false;

  constructor(init: SignalingSocketInit) {
    this.#init = init;
    this.welcome = this.#greeting.promise;
    this.welcome.catch(() => {
      // Whoever waits for the greeting is told; with nobody waiting it is not an accident.
    });
    this.#deadline.set(WELCOME_TIMEOUT_MS, () => {
      this.#lose(new TimeoutError(`${init.url.host} did not greet within 15 s.`));
    });
    this.#connect(init);
  }

  #connect({ url, WebSocket }: SignalingSocketInit): void {
    try {
      const socket = new WebSocket(url.href);
      this.#socket = socket;
      socket.addEventListener("message", (event: { data: unknown }) => {
        if (!this.#over) this.#receive(event.data);
      });
      socket.addEventListener("close", (event: { code: number; reason: string }) => {
        this.#lose(closeError(event, url, this.#greeted));
      });
      socket.addEventListener("error", () => {
        // The close event that follows carries what little is known.
      });
    } catch (cause) {
      // A page under https may not open ws://, and says so by throwing.
      queueMicrotask(() => {
        this.#lose(new UnavailableError(`The browser refused to open ${url.href}.`, { cause }));
      });
    }
  }

  #receive(data: unknown): void {
    const message = readServerMessage(data);
    if (message === undefined) return;
    if (message.type === "welcome") {
      this.#greeted = true;
      this.#deadline.clear();
      this.#greeting.resolve(message);
    } else if (!this.#greeted && message.type === "error") {
      this.#lose(new IpfsKitError(message.code, message.message));
    } else {
      this.#init.onMessage(message);
    }
  }

  /** Sends now; a socket that is lost or closed swallows the message. */
  send(message: ClientMessage): void {
    if (this.#over) return;
    try {
      this.#socket?.send(JSON.stringify(message));
    } catch (cause) {
      this.#lose(new UnavailableError("The signaling connection broke.", { cause }));
    }
  }

  #lose(reason: IpfsKitError): void {
    if (this.#over) return;
    this.#release();
    this.#greeting.reject(reason);
    this.#init.onLost(reason);
  }

  /** Closes after what was sent; no more messages are delivered. */
  close(): void {
    if (this.#over) return;
    this.#release();
    this.#greeting.reject(new UnavailableError("The signaling connection was closed."));
  }

  #release(): void {
    this.#over = true;
    this.#deadline.clear();
    this.#socket?.close(1000);
  }
}

function closeError(
  { code, reason }: { code: number; reason: string },
  url: URL,
  greeted: boolean,
): IpfsKitError {
  const detail = `close code ${code}${reason === "" ? "" : `, ${reason}`}`;
  return greeted
    ? new UnavailableError(`The signaling connection to ${url.host} was lost (${detail}).`)
    : new UnavailableError(
        `The signaling connection to ${url.host} could not be opened (${detail}). Is the server running, and does it allow this page's origin?`,
      );
}
