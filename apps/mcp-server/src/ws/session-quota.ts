import { LimitExceededError } from "@ipfs-kit/core";
import type { OpenRequest, Session, StreamingManager } from "@ipfs-kit/webrtc-streaming";

/** Opens sessions as the manager does, up to a number for each address. */
export class SessionQuota {
  readonly #manager: Pick<StreamingManager, "open">;
  readonly #max: number;
  readonly #counts = new Map<string, number>();

  /** @param max sessions of one address, over all its sockets */
  constructor(manager: Pick<StreamingManager, "open">, max: number) {
    this.#manager = manager;
    this.#max = max;
  }

  /** @param address under which its sessions are counted */
  of(address: string): Pick<StreamingManager, "open"> {
    return { open: async (request) => this.#open(address, request) };
  }

  async #open(address: string, request: OpenRequest): Promise<Session> {
    if ((this.#counts.get(address) ?? 0) >= this.#max) {
      throw new LimitExceededError(`Your address already has ${this.#max} connections.`);
    }
    this.#change(address, 1);
    try {
      const session = await this.#manager.open(request);
      session.events.on("closed", () => this.#change(address, -1));
      return session;
    } catch (error) {
      this.#change(address, -1);
      throw error;
    }
  }

  #change(address: string, by: 1 | -1): void {
    const count = (this.#counts.get(address) ?? 0) + by;
    if (count > 0) this.#counts.set(address, count);
    else this.#counts.delete(address);
  }
}
