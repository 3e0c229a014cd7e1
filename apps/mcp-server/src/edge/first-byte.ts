import { TimeoutError } from "@ipfs-kit/core";

import type { RequestEnv } from "./request-env.ts";

/** What answers requests; a Hono app is one. */
export interface HttpApp {
  fetch(request: Request, env: RequestEnv): Response | Promise<Response>;
}

export interface FirstByteInit {
  app: HttpApp;
  /** How long an answer may take to begin, in milliseconds. */
  limitMs: number;
  /** Answers in the app's place. */
  onLate: (error: TimeoutError) => Response;
}

/** A request whose answer has not begun. */
interface Waiting {
  env: RequestEnv;
  answer: Promise<Response>;
  resolve: (response: Response) => void;
}

/** Looks per time limit: an answer is late by up to a fourth of the limit more. */
const LOOKS = 4;
const MAX_LOOK_MS = 1_000;

/**
 * An app whose answers begin in time: else the request fails with `timeout`, and what is done for it is
 * told to stop. A stream that has begun has no limit here, nor have routes that keep their own time.
 * One timer looks after all requests: one for each costs more than most answers.
 */
export class FirstByte implements HttpApp {
  readonly #init: FirstByteInit;
  /** Oldest first. */
  readonly #waiting = new Set<Waiting>();
  #timer: NodeJS.Timeout | undefined;

  constructor(init: FirstByteInit) {
    this.#init = init;
  }

  fetch(request: Request, env: RequestEnv): Response | Promise<Response> {
    const answer = this.#init.app.fetch(request, env);
    if (!(answer instanceof Promise)) return answer;
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { env, answer, resolve };
      this.#waiting.add(waiting);
      this.#timer ??= this.#startLooking();
      answer.then(
        (response) => {
          this.#waiting.delete(waiting);
          return resolve(response);
        },
        (error: unknown) => {
          this.#waiting.delete(waiting);
          reject(error);
        },
      );
    });
  }

  #startLooking(): NodeJS.Timeout {
    const { limitMs } = this.#init;
    return setInterval(() => this.#look(), Math.min(limitMs / LOOKS, MAX_LOOK_MS)).unref();
  }

  #look(): void {
    const { limitMs, onLate } = this.#init;
    if (this.#waiting.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    const begin = performance.now() - limitMs;
    for (const waiting of this.#waiting) {
      const { env, answer, resolve } = waiting;
      if (env.outgoing.startedAt > begin) break;
      this.#waiting.delete(waiting);
      if (env.keepsOwnTime || env.outgoing.headersSent) continue;
      const error = new TimeoutError(`The answer took longer than ${limitMs / 1000} s to begin.`);
      env.end(error);
      resolve(onLate(error));
      // Nobody reads it any more.
      answer.then((response) => response.body?.cancel()).catch(() => {});
    }
  }
}
