import { setTimeout } from "node:timers/promises";

import type { Logger } from "@ipfs-kit/core";

import { CHECK_MS, MIN_VERSION } from "./defaults.ts";
import { type HealthRecord, isOlder } from "./kubo-health.ts";
import { textField } from "./rpc/answer.ts";
import type { KuboRpc } from "./rpc/kubo-rpc.ts";

export interface KuboMonitorInit {
  rpc: KuboRpc;
  record: HealthRecord;
  everyMs: number;
  logger: Logger;
}

/** Looks at Kubo from time to time, so that its state is known, and its return noticed, without calls. */
export class KuboMonitor {
  readonly #init: KuboMonitorInit;
  readonly #stopping = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #isAnnounced = false;

  constructor(init: KuboMonitorInit) {
    this.#init = init;
  }

  /** Looks once. @throws as a call does */
  async check(): Promise<void> {
    const { rpc, record, logger } = this.#init;
    const requestMs = Math.min(CHECK_MS, rpc.timeouts.requestMs);
    const version = textField(await rpc.json("version", { requestMs, insist: true }), "Version");
    record.version = version;
    if (this.#isAnnounced) return;
    this.#isAnnounced = true;
    logger.info("Kubo found", { version });
    if (isOlder(version, MIN_VERSION)) {
      logger.warn(`Kubo is older than ${MIN_VERSION}: names of pins may be missing`, { version });
    }
  }

  start(): void {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      // Does not keep the process alive: that somebody looks is no reason to.
      await setTimeout(this.#init.everyMs, undefined, { signal, ref: false }).catch(() => {});
      // What goes wrong is in the record, and in the log when the breaker opens.
      if (!signal.aborted) await this.check().catch(() => {});
    }
  }
}
