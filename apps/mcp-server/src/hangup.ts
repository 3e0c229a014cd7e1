import { isatty } from "node:tty";

import type { Logger } from "@ipfs-kit/core";

/** Standard input, output and errors. */
const STANDARD_FDS = [0, 1, 2];

export interface HangupInit {
  /** The terminal we ran on is gone. */
  stop: () => void;
  /** Somebody asks to look at the configuration again. Does not fail. */
  reload: () => void;
  logger: Logger;
}

/** What SIGHUP means: with the terminal gone, an end; else the configuration is to be read again. */
export function onHangup({ stop, reload, logger }: HangupInit): void {
  const terminals = STANDARD_FDS.filter((fd) => isatty(fd));
  process.on("SIGHUP", () => {
    if (terminals.every((fd) => isatty(fd))) {
      reload();
    } else {
      logger.info("the terminal is gone: finishing what is in flight");
      stop();
    }
  });
}
