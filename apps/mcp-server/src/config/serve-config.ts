import type { LogLevel } from "@ipfs-kit/core";

import type { ServerInit } from "../server-init.ts";

/** Everything that flags, variables and the file say about serving. */
export interface ServeConfig extends ServerInit {
  logLevel: LogLevel;
  openBrowser: boolean;
  /** Restart when the sources or the configuration file change. */
  reload: boolean;
  /** Check the server once it is ready, then stop. */
  runTests: boolean;
}
