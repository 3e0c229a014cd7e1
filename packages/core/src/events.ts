/** A map of event name to what its listeners receive. */
export type EventMap = Record<string, unknown>;

export interface ListenOptions {
  /** Removes the listener when it fires. */
  signal?: AbortSignal;
}

/**
 * A typed event source. Listeners run in the order they were added, at the moment of `emit`; one
 * that throws is reported to `onListenerError` and does not disturb the others or the emitter.
 */
export class Emitter<Events extends EventMap> {
  #listeners: { [Name in keyof Events]?: Set<(detail: Events[Name]) => void> } = {};
  readonly #onListenerError: (error: unknown, event: string) => void;

  /** @param onListenerError told when a listener throws; the default reports it as uncaught. */
  constructor(onListenerError: (error: unknown, event: string) => void = reportLater) {
    this.#onListenerError = onListenerError;
  }

  /** Adds a listener; the returned function removes it. */
  on<Name extends keyof Events>(
    name: Name,
    listener: (detail: Events[Name]) => void,
    { signal }: ListenOptions = {},
  ): () => void {
    if (signal?.aborted) return () => {};
    const listeners = (this.#listeners[name] ??= new Set());
    const remove = () => {
      listeners.delete(listener);
      signal?.removeEventListener("abort", remove);
    };
    listeners.add(listener);
    signal?.addEventListener("abort", remove, { once: true });
    return remove;
  }

  emit<Name extends keyof Events>(name: Name, detail: Events[Name]): void {
    // A copy: a listener may add or remove listeners.
    for (const listener of Array.from(this.#listeners[name] ?? [])) {
      try {
        listener(detail);
      } catch (error) {
        this.#onListenerError(error, String(name));
      }
    }
  }

  /** How many listeners an event has. */
  listenerCount(name: keyof Events): number {
    return this.#listeners[name]?.size ?? 0;
  }

  /** Removes every listener. */
  clear(): void {
    this.#listeners = {};
  }
}

function reportLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
