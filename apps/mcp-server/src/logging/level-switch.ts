import type { LogLevel } from "@ipfs-kit/core";

import type { LivePatch, LiveSettings } from "../config/live-settings.ts";

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** The lowest level that is written, for a logger and all its children. May change at any time. */
export class LevelSwitch implements LiveSettings {
  #level: LogLevel;
  #rank: number;

  constructor(level: LogLevel) {
    this.#level = level;
    this.#rank = RANK[level];
  }

  get level(): LogLevel {
    return this.#level;
  }

  set level(level: LogLevel) {
    this.#level = level;
    this.#rank = RANK[level];
  }

  apply({ logLevel }: LivePatch): void {
    if (logLevel !== undefined) this.level = logLevel;
  }

  /** Whether a line of that level is written. */
  allows(level: LogLevel): boolean {
    return RANK[level] >= this.#rank;
  }
}
