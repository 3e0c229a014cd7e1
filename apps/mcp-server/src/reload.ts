import type { Logger } from "@ipfs-kit/core";

import type { LiveConfig } from "./config/live-config.ts";
import type { LoadedConfig } from "./config/load-config.ts";

export interface ReloadInit {
  /** Reads the configuration again. @throws ConfigError */
  reread: () => LoadedConfig;
  live: LiveConfig;
  logger: Logger;
}

/**
 * Takes over what has changed in the configuration and can change while the server runs. One that is
 * broken changes nothing. Does not fail.
 */
export function reload({ reread, live, logger }: ReloadInit): void {
  // Before and after: either may be below the level, which may change in between.
  logger.info("reading the configuration again");
  try {
    const next = reread();
    const { live: changed, restart } = live.update(next);
    for (const warning of next.warnings) logger.warn(warning);
    logger.info("the configuration was read again", { path: next.path, changed });
    if (restart.length > 0) {
      logger.warn("some settings change only when the server is started again", {
        settings: restart,
      });
    }
  } catch (error) {
    logger.error("the configuration is broken: nothing was changed", { error });
  }
}
