import {
  type CID,
  type ContentRepository,
  delay,
  errorCodeOf,
  type Logger,
  type Pin,
  type Startable,
  TaskScope,
} from "@ipfs-kit/core";

import { MetadataProber } from "./metadata-prober.ts";
import type { MetadataStore, NewMetadata } from "./metadata-store.ts";

/** Pins read at a time while the metadata catches up with them. */
const PAGE_ROWS = 1_000;
/** Pins made by hand that wait to be looked up; the oldest of more are left to the next start. */
const MAX_WAITING_PINS = 1_000;
/** In this time after its pin an add has been told, too. */
const ADD_TOLD_MS = 100;
/** How far the metadata can be behind after a crash: what was gathered in it, and some more. */
const MAX_LOST = 10_000;

export interface MetadataKeeperInit {
  metadata: MetadataStore;
  repository: ContentRepository;
  logger: Logger;
  /**
   * Whether pins are listed newest first, and cheaply: then the metadata catches up with them at
   * every start.
   */
  catchesUp: boolean;
}

/** Keeps the metadata in step with a repository: by its events, and at the start by its pins. */
export class MetadataKeeper implements Startable {
  readonly #init: MetadataKeeperInit;
  readonly #prober: MetadataProber;
  readonly #waitingPins = new Map<string, CID>();
  #tasks = new TaskScope({ name: "metadata", onFailure: "isolate" });
  #unsubscribe: (() => void)[] = [];
  #isLookingUp = false;

  constructor(init: MetadataKeeperInit) {
    this.#init = init;
    const { metadata, repository: store, logger } = init;
    this.#prober = new MetadataProber({ metadata, store, logger });
  }

  async start(): Promise<void> {
    if (this.#unsubscribe.length > 0) return;
    const { metadata, repository, catchesUp, logger } = this.#init;
    const { events } = repository;
    this.#tasks = new TaskScope({ name: "metadata", onFailure: "isolate" });
    this.#unsubscribe = [
      events.on("content_added", ({ cid, size, name, mediaType }) => {
        metadata.add({ cid, size, name, mediaType });
        this.#prober.wake();
      }),
      events.on("content_removed", ({ cid }) => metadata.remove(cid)),
      events.on("pin_added", ({ cid }) => this.#onPin(cid)),
    ];
    this.#tasks
      .spawn("probe", async (signal) => this.#prober.run(signal))
      .catch((error: unknown) => {
        if (errorCodeOf(error) !== "aborted")
          logger.error("metadata is no longer probed", { error });
      });
    if (!catchesUp) return;
    this.#tasks
      .spawn("catch up", async (signal) => this.#catchUp(signal))
      .catch((error: unknown) => {
        if (errorCodeOf(error) !== "aborted") logger.warn("metadata is behind the pins", { error });
      });
  }

  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    await this.#tasks.stop();
  }

  /** A pin may be that of an add, which is told too, and says more: it is waited for. */
  #onPin(cid: CID): void {
    const [oldest] = this.#waitingPins.keys();
    if (this.#waitingPins.size >= MAX_WAITING_PINS && oldest !== undefined) {
      this.#waitingPins.delete(oldest);
    }
    this.#waitingPins.set(cid.toString(), cid);
    if (this.#isLookingUp) return;
    this.#isLookingUp = true;
    this.#tasks
      .spawn("look up pins", async (signal) => this.#lookUpPins(signal))
      .catch((error: unknown) => this.#init.logger.debug("pins were not looked up", { error }));
  }

  async #lookUpPins(signal: AbortSignal): Promise<void> {
    const { metadata, repository } = this.#init;
    try {
      await delay(ADD_TOLD_MS, { signal });
      for (const [key, cid] of this.#waitingPins) {
        this.#waitingPins.delete(key);
        if (metadata.has(cid)) continue;
        const pin = await repository.findPin(cid, { signal });
        if (pin === undefined) continue;
        metadata.add(metadataOf(pin));
        this.#prober.wake();
      }
    } finally {
      this.#isLookingUp = false;
    }
  }

  /**
   * The first time takes in all pins, the newest first; later only those at the top that a crash
   * kept from being noted.
   */
  async #catchUp(signal: AbortSignal): Promise<void> {
    const { metadata } = this.#init;
    if (metadata.isBackfilled) {
      const lost = await this.#lostPins(signal);
      for (const pin of lost.toReversed()) metadata.add(metadataOf(pin));
    } else {
      for await (const pins of this.#pages(signal)) {
        metadata.addBelow(pins.filter(({ cid }) => !metadata.has(cid)).map(metadataOf));
        this.#prober.wake();
      }
      metadata.markBackfilled();
    }
    this.#prober.wake();
  }

  async #lostPins(signal: AbortSignal): Promise<Pin[]> {
    const lost: Pin[] = [];
    for await (const pins of this.#pages(signal)) {
      const unknown = pins.filter(({ cid }) => !this.#init.metadata.has(cid));
      lost.push(...unknown);
      if (unknown.length === 0 || lost.length >= MAX_LOST) break;
    }
    return lost;
  }

  async *#pages(signal: AbortSignal): AsyncGenerator<Pin[], void> {
    let cursor: string | undefined;
    do {
      const page = await this.#init.repository.listPins({
        limit: PAGE_ROWS,
        signal,
        ...(cursor === undefined ? {} : { cursor }),
      });
      yield page.pins;
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }
}

function metadataOf({ cid, size, name, mediaType }: Pin): NewMetadata {
  return { cid, size, name, mediaType };
}
