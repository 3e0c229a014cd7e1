/** How a piece of observed work ended. */
export type Outcome =
  | { status: "succeeded"; result?: Readonly<Record<string, unknown>> }
  | { status: "failed"; error: unknown }
  | { status: "cancelled" };

export interface ObservedTask {
  /** The scope that owns the task. */
  scope: string;
  name: string;
}

export interface ObservedOperation {
  /** What is done, e.g. `"webrtc.open"`, `"content.add"`. */
  name: string;
  cid?: string;
  connectionId?: string;
}

export interface ObservedConnection {
  id: string;
  cid: string;
}

/** What can change in a connection while it lives. Fields not given have not changed. */
export interface ConnectionChange {
  /** The state the far end would agree with: a dead DTLS is `"failed"`, whatever ICE says. */
  state?: "connecting" | "active" | "closed" | "failed";
  iceState?: string;
  dtlsState?: string;
  error?: unknown;
}

/**
 * The seam through which features say what happens, without knowing who listens. Implementations
 * must be quick and must not throw: they are called inline. Each `…Started` call returns the
 * function to call once, at the end.
 */
export interface Observer {
  taskStarted(task: ObservedTask): (outcome: Outcome) => void;
  operationStarted(operation: ObservedOperation): (outcome: Outcome) => void;
  connectionOpened(connection: ObservedConnection): void;
  connectionChanged(id: string, change: ConnectionChange): void;
  connectionClosed(id: string): void;
}

const ignore = () => {};

/** Hears nothing. The default of every package. */
export const noopObserver: Observer = {
  taskStarted: () => ignore,
  operationStarted: () => ignore,
  connectionOpened: ignore,
  connectionChanged: ignore,
  connectionClosed: ignore,
};
