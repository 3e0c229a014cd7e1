import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export type ToViewers =
  | { type: "offer"; id: number; sdp: string }
  | { type: "count" | "sink" | "end" };
export type ToSender =
  | { type: "answer"; id: number; sdp: string }
  | { type: "connected"; id: number }
  | { type: "count"; packets: number }
  | { type: "sink"; port: number };

const VIEWERS = fileURLToPath(new URL("viewers.ts", import.meta.url));
const DEADLINE_MS = 20_000;

/** The process the viewers live in, from the sender's side. */
export class ViewerLink {
  readonly #child: ChildProcess = fork(VIEWERS, { stdio: ["ignore", "ignore", "inherit", "ipc"] });

  constructor() {
    // Each connection being made waits for two messages of its own.
    this.#child.setMaxListeners(0);
  }

  /** Makes a viewer of an offer that holds all its candidates. */
  async connect(
    id: number,
    offer: string,
  ): Promise<{ answer: string; connected: Promise<unknown> }> {
    const connected = this.#next((message) => message.type === "connected" && message.id === id);
    connected.catch(() => {});
    const answered = this.#next((message) => message.type === "answer" && message.id === id);
    this.#say({ type: "offer", id, sdp: offer });
    const message = await answered;
    return { answer: message.type === "answer" ? message.sdp : "", connected };
  }

  /** Packets that all viewers together have decrypted. */
  async count(): Promise<number> {
    const counted = this.#next((message) => message.type === "count");
    this.#say({ type: "count" });
    const message = await counted;
    return message.type === "count" ? message.packets : 0;
  }

  /** A port where datagrams are counted and thrown away. */
  async sink(): Promise<number> {
    const opened = this.#next((message) => message.type === "sink");
    this.#say({ type: "sink" });
    const message = await opened;
    return message.type === "sink" ? message.port : 0;
  }

  async end(): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#say({ type: "end" });
    await exited;
  }

  #say(message: ToViewers): void {
    this.#child.send(message);
  }

  async #next(wanted: (message: ToSender) => boolean): Promise<ToSender> {
    const { promise, resolve, reject } = Promise.withResolvers<ToSender>();
    const listen = (message: ToSender) => {
      if (wanted(message)) resolve(message);
    };
    const timer = setTimeout(() => reject(new Error("The viewers do not answer.")), DEADLINE_MS);
    this.#child.on("message", listen);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#child.off("message", listen);
    }
  }
}
