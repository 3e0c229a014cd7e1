import { AbortedError, IpfsKitError, TimeoutError } from "./errors.ts";

/** Options of every cancellable call. One signal covers set-up and streaming. */
export interface AbortOptions {
  signal?: AbortSignal | undefined;
}

/** One signal that fires when any of the given ones does; `undefined` entries are left out. */
export function anySignal(...signals: (AbortSignal | undefined)[]): AbortSignal {
  const present = signals.filter((signal) => signal !== undefined);
  const [only] = present;
  return present.length === 1 && only !== undefined ? only : AbortSignal.any(present);
}

/** The error to throw for a fired signal: ours as it is, the platform's turned into ours. */
export function abortReason(signal: AbortSignal): IpfsKitError {
  const { reason } = signal;
  if (reason instanceof IpfsKitError) return reason;
  if (reason instanceof Error && reason.name === "TimeoutError") {
    return new TimeoutError("The deadline passed.", { cause: reason });
  }
  return new AbortedError(undefined, { cause: reason });
}

/** Throws the signal's reason if it has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortReason(signal);
}

/**
 * Settles with the promise, or rejects as soon as the signal fires. The work behind the promise is
 * not stopped by this: hand it the same signal too.
 */
export async function abortable<T>(
  promise: PromiseLike<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return promise;
  // Whoever stops waiting for it must not make its later failure an unhandled one.
  Promise.resolve(promise).catch(() => {});
  throwIfAborted(signal);
  const { promise: fired, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(abortReason(signal));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, fired]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * Runs `work` under a deadline of `ms` milliseconds.
 *
 * @throws TimeoutError naming `what` when the deadline passes first.
 */
export async function withTimeout<T>(
  ms: number,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
  { signal }: AbortOptions = {},
): Promise<T> {
  const deadline = new AbortController();
  const timer = setTimeout(
    () => deadline.abort(new TimeoutError(`${what} did not finish within ${ms} ms.`)),
    ms,
  );
  const joined = anySignal(signal, deadline.signal);
  try {
    throwIfAborted(joined);
    return await abortable(work(joined), joined);
  } finally {
    clearTimeout(timer);
  }
}

/** The longest time a timer can be set to (2^31 - 1 ms, 24.8 days); beyond it timers fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Resolves after `ms` milliseconds (at most 24.8 days); rejects at once when the signal fires.
 */
export async function delay(ms: number, { signal }: AbortOptions = {}): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, Math.min(ms, LONGEST_TIMER_MS));
  try {
    await abortable(promise, signal);
  } finally {
    clearTimeout(timer);
  }
}
