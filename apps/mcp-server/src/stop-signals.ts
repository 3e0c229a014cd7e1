import { constants } from "node:os";

import type { Logger } from "@ipfs-kit/core";

import { isPackageScript } from "./package-script.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** A package manager passes on a signal that its whole process group has had: one stop, not two. */
const ECHO_MS = 500;

/** First SIGINT or SIGTERM: `stop`. Second: out at once, with 128 and the number of the signal. */
export function onStopSignals(stop: () => void, logger: Logger): void {
  let firstAt: number | undefined;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      const now = performance.now();
      if (firstAt === undefined) {
        firstAt = now;
        logger.info("stop signal: finishing what is in flight", { signal });
        stop();
      } else if (now - firstAt > ECHO_MS || !isPackageScript()) {
        process.exit(128 + constants.signals[signal]);
      }
    });
  }
}
