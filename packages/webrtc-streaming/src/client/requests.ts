import { type AbortOptions, type ErrorCode, type IpfsKitError, withTimeout } from "@ipfs-kit/core";
import type { ServerMessage } from "@ipfs-kit/core/wire";

import { REQUEST_TIMEOUT_MS } from "./defaults.ts";

type Answer = Extract<ServerMessage, { type: "control_result" | "stats" }>;

/** What the server answers to a request it will not carry out. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  "invalid_request",
  "invalid_state",
  "not_supported",
  "limit_exceeded",
]);

interface Outstanding {
  type: Answer["type"];
  resolve: (answer: Answer) => void;
  reject: (error: IpfsKitError) => void;
}

/** Requests of one playback that wait for their answer. Answers of one type come in order. */
export class Requests {
  /** A request that gave up waiting stays in line: its answer must not go to the next one. */
  #outstanding: Outstanding[] = [];

  async ask<Type extends Answer["type"]>(
    type: Type,
    send: () => void,
    { signal }: AbortOptions,
  ): Promise<Extract<Answer, { type: Type }>> {
    return withTimeout(
      REQUEST_TIMEOUT_MS,
      "The server's answer",
      async () => {
        const { promise, resolve, reject } = Promise.withResolvers<Answer>();
        this.#outstanding.push({ type, resolve, reject });
        send();
        const answer = await promise;
        if (!isAnswerOf(answer, type)) throw new TypeError("An answer went astray.");
        return answer;
      },
      { signal },
    );
  }

  answer(message: Answer): void {
    const index = this.#outstanding.findIndex(({ type }) => type === message.type);
    if (index === -1) return;
    this.#outstanding.splice(index, 1)[0]?.resolve(message);
  }

  /**
   * Gives an error to the oldest request, when it is one that a request is refused with: the
   * playback goes on. @returns false when the error is about more than a request
   */
  refuse(error: IpfsKitError): boolean {
    if (!REFUSALS.has(error.code)) return false;
    const oldest = this.#outstanding.shift();
    oldest?.reject(error);
    return oldest !== undefined;
  }

  refuseAll(error: IpfsKitError): void {
    for (const { reject } of this.#outstanding.splice(0)) reject(error);
  }
}

function isAnswerOf<Type extends Answer["type"]>(
  answer: Answer,
  type: Type,
): answer is Extract<Answer, { type: Type }> {
  return answer.type === type;
}
