/**
 * Something that holds resources between `start()` and `stop()`. Construction is pure; both calls
 * are idempotent; `stop()` resolves when everything owned (timers, sockets, files, tasks) is gone.
 */
export interface Startable {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the parts in order. When one fails, those already started are stopped, last first. */
export async function startAll(parts: readonly Startable[]): Promise<void> {
  const started: Startable[] = [];
  try {
    for (const part of parts) {
      await part.start();
      started.push(part);
    }
  } catch (error) {
    await stopAll(started).catch(() => {
      // The reason the start failed matters more than what went wrong while tidying up after it.
    });
    throw error;
  }
}

/**
 * Stops the parts, last first. A part that fails does not keep the others running.
 *
 * @throws AggregateError with every failure, after all parts were asked to stop.
 */
export async function stopAll(parts: readonly Startable[]): Promise<void> {
  const failures: unknown[] = [];
  for (const part of parts.toReversed()) {
    try {
      await part.stop();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, "Some parts did not stop cleanly.");
}
