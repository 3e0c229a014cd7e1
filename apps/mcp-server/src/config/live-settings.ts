import type { LogLevel } from "@ipfs-kit/core";

/** What can change while a server runs. Each field is the whole new value, never an addition. */
export interface LivePatch {
  logLevel?: LogLevel;
  /** As {@link import("../server-init.ts").ServerInit.allowHosts}. */
  allowHosts?: readonly string[];
  /** As {@link import("../server-init.ts").ServerInit.allowOrigins}. */
  allowOrigins?: readonly string[];
  /** Requests a second of one token or address; 0 is no limit. `default` is what holds when nobody says. */
  rateLimit?: number | "default";
}

/**
 * Whoever holds a setting that can change while it runs: the server its lists and limits, the logger
 * its level. Each takes what is its own and leaves the rest.
 */
export interface LiveSettings {
  /** Takes effect for the next request or line. Absent fields stay as they are. Does not throw. */
  apply(patch: LivePatch): void;
}
