import { isDeepStrictEqual } from "node:util";

import type { LivePatch, LiveSettings } from "./live-settings.ts";
import type { ConfigEntry, LoadedConfig } from "./load-config.ts";
import type { ServeConfig } from "./serve-config.ts";

/** What is different between two configurations, by the settings' names. */
export interface ConfigChanges {
  /** What can change while the server runs. */
  live: readonly string[];
  /** What is as it was until the server is started again. */
  restart: readonly string[];
}

type Entries = Pick<LoadedConfig, "entries">;

/**
 * Compares values, not where they come from. What has no effect yet does not count, and neither does
 * the name of the file, which a running process cannot be told anew.
 */
export function compareConfigs(before: Entries, after: Entries): ConfigChanges {
  const values = new Map(before.entries.map(({ setting, value }) => [setting.name, value]));
  const changed = after.entries.filter(
    ({ setting, value }) =>
      setting.outsideFile !== true &&
      setting.awaits === undefined &&
      !isDeepStrictEqual(values.get(setting.name), value),
  );
  return {
    live: changed.filter(isLive).map(({ setting }) => setting.name),
    restart: changed.filter((entry) => !isLive(entry)).map(({ setting }) => setting.name),
  };
}

function isLive({ setting }: ConfigEntry): boolean {
  return setting.live === true;
}

/** Hands what changed to those who hold it. */
function applyLive(
  { config }: Pick<LoadedConfig, "config">,
  changes: Pick<ConfigChanges, "live">,
  targets: readonly LiveSettings[],
): void {
  const patch = livePatch(config, new Set(changes.live));
  for (const target of targets) target.apply(patch);
}

function livePatch(config: ServeConfig, changed: ReadonlySet<string>): LivePatch {
  const { logLevel, allowHosts = [], allowOrigins = [], rateLimit = "default" } = config;
  return {
    ...(changed.has("log_level") && { logLevel }),
    ...(changed.has("allow_host") && { allowHosts }),
    ...(changed.has("allow_origin") && { allowOrigins }),
    ...(changed.has("rate_limit") && { rateLimit }),
  };
}

/**
 * The configuration of a server that runs. Remembers what it runs with: a setting that waits for a
 * restart is told again each time, until the file says what is so, or the restart comes.
 */
export class LiveConfig {
  #running: LoadedConfig;
  readonly #targets: readonly LiveSettings[];

  constructor(running: LoadedConfig, targets: readonly LiveSettings[]) {
    this.#running = running;
    this.#targets = targets;
  }

  /**
   * Takes over what can change live.
   *
   * @returns what changed, and what would need a restart
   */
  update(next: LoadedConfig): ConfigChanges {
    const changes = compareConfigs(this.#running, next);
    applyLive(next, changes, this.#targets);
    const taken = new Map(next.entries.map((entry) => [entry.setting, entry]));
    this.#running = {
      ...this.#running,
      entries: this.#running.entries.map((entry) =>
        entry.setting.live === true ? (taken.get(entry.setting) ?? entry) : entry,
      ),
    };
    return changes;
  }
}
