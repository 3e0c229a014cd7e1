import { abortable, delay } from "@ipfs-kit/core";
import { type Health, healthSchema, type Version, versionSchema } from "@ipfs-kit/core/wire";

import { type Failure, failureOf } from "../errors/failure.ts";
import { getJson } from "./http.ts";

/** How often a server that answers is asked again. */
const POLL_MS = 5_000;
/** Waits between tries when it does not answer: doubled each time, up to the last. */
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 15_000;
/** A server that does not answer within this time is taken as gone. */
const ANSWER_MS = 5_000;

export type ServerState =
  | { status: "checking" }
  | { status: "live"; version: Version; health: Health }
  /** It answered before, and will be tried again. */
  | { status: "reconnecting"; version: Version; retryInMs: number }
  /** It asks for a token, or for a new one. */
  | { status: "signed-out" }
  /** It has never answered. */
  | { status: "unreachable"; failure: Failure };

/** Asks a server again and again whether it is there, until the signal fires. */
export async function watchServer(
  server: URL,
  onState: (state: ServerState) => void,
  signal: AbortSignal,
): Promise<void> {
  let version: Version | undefined;
  for (let failures = 0; !signal.aborted;) {
    let waitMs = POLL_MS;
    try {
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
      const [freshVersion, health] = await Promise.all([
        getJson(new URL("api/v0/version", server), versionSchema, { signal: deadline }),
        getJson(new URL("api/v0/health", server), healthSchema, { signal: deadline }),
      ]);
      version = freshVersion;
      failures = 0;
      onState({ status: "live", version, health });
    } catch (error) {
      if (signal.aborted) return;
      waitMs = Math.min(FIRST_RETRY_MS * 2 ** failures, LAST_RETRY_MS);
      failures += 1;
      onState(stateAfter(error, version, waitMs));
    }
    await rest(waitMs, signal);
  }
}

function stateAfter(error: unknown, version: Version | undefined, retryInMs: number): ServerState {
  const failure = failureOf(error);
  if (failure.code === "unauthenticated") return { status: "signed-out" };
  return version === undefined
    ? { status: "unreachable", failure }
    : { status: "reconnecting", version, retryInMs };
}

/** Waits, and longer while nobody looks at the page. */
async function rest(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, { signal });
    while (document.hidden) {
      const { promise, resolve } = Promise.withResolvers<void>();
      document.addEventListener("visibilitychange", () => resolve(), { once: true, signal });
      await abortable(promise, signal);
    }
  } catch {
    // The signal fired; the caller sees that.
  }
}
