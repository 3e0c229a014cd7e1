import { type AbortOptions, type IpfsKitError, throwIfAborted, withTimeout } from "@ipfs-kit/core";
import type { ServerMessage } from "@ipfs-kit/core/wire";

import { REQUEST_TIMEOUT_MS } from "./defaults.ts";

type Answer = Extract<ServerMessage, { type: "control_result" | "stats" }>;

interface Outstanding {
  type: Answer["type"];
  resolve: (answer: Answer) => void;
  reject: (error: IpfsKitError) => void;
}

/** Requests of one playback that wait for their answer. Answers of one type come in order. */
export class Requests {
  /** A request that gave up waiting stays in line: its answer must not go to the next one. */
  #outstanding: Outstanding[] = [];

  /** Sends nothing when the signal has fired already. */
  async ask<Type extends Answer["type"]>(
    type: Type,
    send: () => void,
    { signal }: AbortOptions,
  ): Promise<Extract<Answer, { type: Type }>> {
    throwIfAborted(signal);
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
   * Gives an error to the oldest request: the server does not say which message it refuses. With
   * none waiting it was about a message nobody waits for, a candidate for instance.
   */
  refuse(error: IpfsKitError): void {
    this.#outstanding.shift()?.reject(error);
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
