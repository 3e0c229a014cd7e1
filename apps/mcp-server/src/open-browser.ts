import { spawn } from "node:child_process";

import type { Logger } from "@ipfs-kit/core";

/** The platform's program that opens an address, and what it wants before it. */
const OPENERS: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
};

/** Opens an address in the browser. That there is none is no reason to fail. */
export function openBrowser(url: string, logger: Logger): void {
  const [program, ...args] = OPENERS[process.platform] ?? ["xdg-open"];
  const child = spawn(program, [...args, url], { detached: true, stdio: "ignore" });
  // Not the address, and not the error, which has it too: it may end in a code that signs in.
  child.on("error", ({ message }) =>
    logger.warn("no browser could be opened", { program, reason: message }),
  );
  child.unref();
}
