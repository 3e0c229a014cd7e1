import { abortReason, anySignal, throwIfAborted } from "./abort.ts";
import { AbortedError, InvalidStateError, TimeoutError } from "./errors.ts";
import { noopObserver, type Observer } from "./observer.ts";

export interface TaskScopeInit {
  /** Names the scope in reports, e.g. `"session 4f1c"`. */
  name: string;
  /** Cancels the whole scope when it fires. */
  signal?: AbortSignal;
  /**
   * What the failure of one task means. `"cancel"`: the siblings are cancelled and the scope fails
   * (a piece of work made of parts). `"isolate"`: only that task fails (independent work of a
   * server).
   *
   * @default "cancel"
   */
  onFailure?: "cancel" | "isolate";
  /** Told when tasks start and end. */
  observer?: Pick<Observer, "taskStarted">;
}

/**
 * Owns concurrent work, so that none outlives its owner: structured concurrency in the sense of
 * Trio's nursery. Every task gets a signal that fires when the scope is cancelled; the scope ends
 * only when all of its tasks have.
 */
export class TaskScope implements AsyncDisposable {
  readonly name: string;
  readonly #controller = new AbortController();
  readonly #signal: AbortSignal;
  readonly #tasks = new Map<Promise<void>, string>();
  readonly #isolate: boolean;
  readonly #observer: Pick<Observer, "taskStarted">;
  #closed = false;
  #failure: { error: unknown } | undefined;

  constructor({ name, signal, onFailure = "cancel", observer = noopObserver }: TaskScopeInit) {
    this.name = name;
    this.#signal = anySignal(this.#controller.signal, signal);
    this.#isolate = onFailure === "isolate";
    this.#observer = observer;
  }

  /** Fires when the scope is cancelled, from outside or by a failed task. */
  get signal(): AbortSignal {
    return this.#signal;
  }

  /** Tasks that have not ended. */
  get pending(): number {
    return this.#tasks.size;
  }

  /** The names of the tasks that have not ended, oldest first: what a leak report prints. */
  get pendingNames(): string[] {
    return [...this.#tasks.values()];
  }

  /**
   * Starts a task. The returned promise is its result; it need not be awaited: a failure nobody
   * awaits still counts against the scope (`"cancel"`) and is never an unhandled rejection.
   *
   * @throws InvalidStateError when the scope is closed or cancelled.
   */
  spawn<T>(name: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#closed) throw new InvalidStateError(`The scope "${this.name}" is closed.`);
    throwIfAborted(this.#signal);
    const ended = this.#observer.taskStarted({ scope: this.name, name });
    const task = this.#run(work).then(
      (value) => {
        ended({ status: "succeeded" });
        return value;
      },
      (error: unknown) => {
        ended(this.#signal.aborted ? { status: "cancelled" } : { status: "failed", error });
        if (!this.#isolate && !this.#signal.aborted) {
          this.#failure = { error };
          this.cancel(error);
        }
        throw error;
      },
    );
    const forget = () => void this.#tasks.delete(tracked);
    const tracked: Promise<void> = task.then(forget, forget);
    this.#tasks.set(tracked, name);
    return task;
  }

  async #run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return work(this.#signal);
  }

  /** Asks every task to end. Does not wait: see {@link join} and {@link stop}. */
  cancel(reason: unknown = new AbortedError(`The scope "${this.name}" was cancelled.`)): void {
    if (!this.#controller.signal.aborted) this.#controller.abort(reason);
  }

  /**
   * Waits for every task, including those started meanwhile.
   *
   * @throws what made the scope fail, in `"cancel"` mode.
   */
  async join(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.allSettled(this.#tasks.keys());
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /**
   * Takes no new tasks, gives the running ones `graceMs` to finish by themselves, cancels the rest,
   * and waits `graceMs` more for them to notice.
   *
   * @throws TimeoutError naming the tasks that ignored the cancellation.
   */
  async stop({ graceMs = 0 }: { graceMs?: number } = {}): Promise<void> {
    this.#closed = true;
    if (graceMs > 0 && (await this.#endsWithin(graceMs))) return;
    this.cancel();
    if (await this.#endsWithin(Math.max(graceMs, TaskScope.#CANCEL_GRACE_MS))) return;
    throw new TimeoutError(`The scope "${this.name}" still runs: ${this.pendingNames.join(", ")}.`);
  }

  static readonly #CANCEL_GRACE_MS = 2_000;

  async #endsWithin(ms: number): Promise<boolean> {
    const { promise: expired, resolve } = Promise.withResolvers<false>();
    const timer = setTimeout(() => resolve(false), ms);
    const settled = this.join().then(
      () => true as const,
      () => true as const,
    );
    try {
      return await Promise.race([settled, expired]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Joins; `await using` therefore waits for the tasks. It cannot see whether the block threw: use {@link withScope} where a throw must cancel. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.join();
  }
}

/**
 * Runs `body` with a scope of its own. Returns when `body` and all tasks have ended; when `body` or
 * a task throws, the others are cancelled and awaited first.
 */
export async function withScope<T>(
  init: TaskScopeInit,
  body: (scope: TaskScope) => Promise<T>,
): Promise<T> {
  const scope = new TaskScope(init);
  let result: T;
  try {
    result = await body(scope);
  } catch (error) {
    scope.cancel(error);
    await scope.join().catch(() => {
      // A task's failure caused, or followed, the body's: the body's is the one to report.
    });
    throw error;
  }
  await scope.join();
  if (init.signal?.aborted) throw abortReason(init.signal);
  return result;
}
