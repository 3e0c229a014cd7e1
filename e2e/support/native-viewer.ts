import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import type { Session } from "@ipfs-kit/webrtc-streaming";

import type { FromViewer, ToViewer } from "./native-viewer-process.ts";

const PROCESS = fileURLToPath(new URL("native-viewer-process.ts", import.meta.url));

/** A viewer that is no browser, in a process of its own. */
export class NativeViewer implements AsyncDisposable {
  readonly #child: ChildProcess;
  #packets = 0;

  /** Answers the offer of a session. */
  constructor(session: Session) {
    this.#child = fork(PROCESS, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    this.#child.on("message", (message: FromViewer) => {
      if (message.type === "packets") this.#packets = message.count;
      else if (message.type === "answer") void session.answer(message.sdp);
      else session.addCandidate({ candidate: message.candidate, sdpMid: message.mid });
    });
    this.#say({ type: "offer", sdp: session.offer });
    session.events.on("candidate", ({ candidate, sdpMid }) => {
      this.#say({ type: "candidate", candidate, mid: sdpMid ?? "0" });
    });
  }

  /** Packets it has decrypted. */
  get packets(): number {
    return this.#packets;
  }

  /** Gives it no time to say anything. */
  async kill(): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.kill();
  }

  #say(message: ToViewer): void {
    if (this.#child.connected) this.#child.send(message);
  }
}
