import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Logger, Startable } from "@ipfs-kit/core";

const NAME = "server.url";

export interface ServerAddressInit {
  /** The data folder. */
  folder: string;
  /** Where the control listener is reached. */
  url: string;
  logger: Logger;
}

/**
 * The address of the server that runs on a data folder, in a file in that folder, so that commands
 * beside it find it. A server that was killed leaves the file: whoever reads it asks there first.
 */
export class ServerAddress implements Startable {
  readonly #init: ServerAddressInit;

  constructor(init: ServerAddressInit) {
    this.#init = init;
  }

  /** Does not fail: on a full disk people name the server themselves. */
  async start(): Promise<void> {
    const { folder, url, logger } = this.#init;
    const path = join(folder, NAME);
    const unfinished = `${path}.${process.pid}.part`;
    try {
      await writeFile(unfinished, `${url}\n`, { mode: 0o600 });
      await rename(unfinished, path);
    } catch (error) {
      logger.warn("commands cannot find this server by its data folder", { folder, error });
      await rm(unfinished, { force: true }).catch(() => {});
    }
  }

  async stop(): Promise<void> {
    const { folder, url } = this.#init;
    const written = await readServerAddress(folder);
    // Another server may have come after a start of ours that failed late.
    if (written?.origin === new URL(url).origin) await rm(join(folder, NAME), { force: true });
  }
}

/** Where the server of a data folder was last; `undefined` when none is known to run. */
export async function readServerAddress(folder: string): Promise<URL | undefined> {
  const text = await readFile(join(folder, NAME), "utf8").catch(() => "");
  const url = URL.parse(text.trim());
  return url !== null && /^https?:$/.test(url.protocol) ? url : undefined;
}
