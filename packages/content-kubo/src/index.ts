/**
 * A Kubo daemon as content repository. What it hands out was hashed here; what it acknowledges, Kubo
 * has pinned; every wait has a deadline.
 *
 * @example
 * import { createKuboStore } from "@ipfs-kit/content-kubo";
 *
 * await using store = createKuboStore({ api: "/ip4/127.0.0.1/tcp/5001" });
 * await store.start();
 *
 * async function* source() {
 *   yield new TextEncoder().encode("hello world");
 * }
 * const { cid } = await store.add(source(), { name: "hello.txt" });
 * for await (const bytes of store.read(cid, { offset: 6 })) process.stdout.write(bytes); // world
 *
 * @module
 */
import {
  type ContentRepository,
  type ErrorCode,
  IpfsKitError,
  type Logger,
  noopLogger,
  noopObserver,
  type Observer,
  type Startable,
} from "@ipfs-kit/core";

import { type KuboAuth, parseApiAddress } from "./api-address.ts";
import { CHECK_EVERY_MS, COMMIT_MS, DEFAULT_API, IDLE_MS, REQUEST_MS } from "./defaults.ts";
import { KuboContentStore } from "./kubo-store.ts";
import type { BreakerState } from "./rpc/circuit-breaker.ts";
import type { KuboTimeouts } from "./rpc/kubo-rpc.ts";

export type { KuboAuth } from "./api-address.ts";
export type { BreakerState } from "./rpc/circuit-breaker.ts";
export type { KuboTimeouts } from "./rpc/kubo-rpc.ts";

export interface KuboStoreInit {
  /**
   * Where Kubo's RPC API is: a URL, or a multiaddr. Nothing else is ever connected to; redirects are
   * refused. @default "http://127.0.0.1:5001"
   */
  api?: string;
  /** How Kubo knows us, when its API asks (`API.Authorizations`). @default nothing is sent */
  auth?: KuboAuth | undefined;
  /** Milliseconds. @default 60 s for an answer, 30 s without progress, 10 min for Kubo's silent work */
  timeouts?: Partial<KuboTimeouts> | undefined;
  /** Blocks that Kubo does not have are not looked for in the network. @default false */
  offline?: boolean;
  /** Makes `start()` fail when Kubo cannot be used. @default false: it is waited for */
  requireReachable?: boolean;
  /** Milliseconds between two looks at Kubo that no call gave the reason for. @default 10 000 */
  checkEveryMs?: number;
  /** Blocks a read fetches before they are asked for, while its consumer pulls. @default 6 */
  readAheadBlocks?: number | undefined;
  /** @default says nothing */
  logger?: Logger;
  /**
   * Told of every add, import and collection, as operations `content.add`, `content.import` and
   * `content.collect_garbage`. @default hears nothing
   */
  observer?: Pick<Observer, "operationStarted">;
}

/** How Kubo is, as seen from here. Names are wire names. */
export interface KuboHealth {
  /** `degraded`: it answers, but something is wrong with it. */
  state: "ok" | "degraded" | "unavailable";
  /**
   * `not_checked`, `unreachable`, `timeout`, `not_kubo`, `unauthorized`; of a degraded one
   * `breaker_open` (being tried again), `wrong_bytes` (within the last minute), `version_old`.
   */
  reason_code?: string | undefined;
  /** Of Kubo, as it says. */
  version?: string | undefined;
  /** `open`: calls fail at once. `half_open`: one is trying. */
  breaker: BreakerState;
  /** What went wrong last; stays when all is well again. */
  last_error?: { code: ErrorCode; message: string; at: Date } | undefined;
}

/**
 * A content repository in front of a Kubo daemon. `start()` succeeds whether or not Kubo is there,
 * unless told otherwise; while it is not, calls fail with `unavailable` or `timeout`, and work again
 * by themselves once it is back. Any call outside of `start()` and `stop()` throws InvalidStateError.
 */
export interface KuboStore extends ContentRepository, Startable, AsyncDisposable {
  /** From what is known: asks nobody. */
  health(): KuboHealth;
}

/** @throws IpfsKitError `invalid_request` when `api` is no address, or a time none a timer can be set to */
export function createKuboStore({
  api = DEFAULT_API,
  auth,
  timeouts: { requestMs = REQUEST_MS, idleMs = IDLE_MS, commitMs = COMMIT_MS } = {},
  offline = false,
  requireReachable = false,
  checkEveryMs = CHECK_EVERY_MS,
  readAheadBlocks,
  logger = noopLogger,
  observer = noopObserver,
}: KuboStoreInit = {}): KuboStore {
  checkTimes({ requestMs, idleMs, commitMs, checkEveryMs });
  return new KuboContentStore({
    api: parseApiAddress(api),
    auth,
    timeouts: { requestMs, idleMs, commitMs },
    offline,
    requireReachable,
    checkEveryMs,
    readAheadBlocks,
    logger,
    observer,
  });
}

/** The longest time a timer can be set to; beyond it, timers fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

function checkTimes(times: Readonly<Record<string, number>>): void {
  for (const [name, ms] of Object.entries(times)) {
    if (ms >= 1 && ms <= LONGEST_TIMER_MS) continue;
    throw new IpfsKitError(
      "invalid_request",
      `${name} must be a time from 1 to ${LONGEST_TIMER_MS} ms.`,
    );
  }
}
