import { setImmediate } from "node:timers/promises";

import { abortable, type AbortOptions } from "@ipfs-kit/core";

import { recordBytes, type PackRecord } from "./record.ts";

/** The promise made for one record. */
export class Ticket {
  /** Resolves when the record, and every record before it, is durable and indexed. */
  readonly durable: Promise<void>;
  /** Set in the same instant in which `durable` is rejected. */
  failure: { error: unknown } | undefined;
  /** The block was here already: nothing is written. */
  readonly isDeduplicated: boolean;
  #isSettled = false;
  readonly #settle: PromiseWithResolvers<void>;

  constructor({ isDeduplicated = false } = {}) {
    this.isDeduplicated = isDeduplicated;
    this.#settle = Promise.withResolvers();
    this.durable = this.#settle.promise;
    // Whoever needs the outcome awaits it; a ticket dropped by a cancelled add is no crash.
    this.durable.catch(() => {});
    if (isDeduplicated) this.succeed();
  }

  /** Whether the outcome is known. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  succeed(): void {
    this.#isSettled = true;
    this.#settle.resolve();
  }

  fail(error: unknown): void {
    this.#isSettled = true;
    this.failure = { error };
    this.#settle.reject(error);
  }
}

/**
 * Bytes taken in before the event loop has a turn. A source that has its bytes at hand, such as a
 * buffer, needs none: the end of a write or sync would be seen only once the queue is full, and the
 * disk would have nothing to do meanwhile.
 */
const BYTES_PER_TURN = 1024 * 1024;

interface Entry {
  record: PackRecord;
  ticket: Ticket;
}

export interface GroupCommitInit {
  /** Makes the records durable, in order, all or none. Never called twice at a time. */
  commit: (records: readonly PackRecord[]) => Promise<void>;
  /** Called for each record once it is on disk, or will never be. */
  onSettled: (record: PackRecord) => void;
  queueBytes: number;
  groupBytes: number;
  groupRecords: number;
}

/**
 * Turns many small writes into few synced ones: while one group is on its way to the disk, the next
 * one gathers. Order is kept. When a group fails, everything that waits behind it fails too: a pin
 * behind its blocks is therefore never kept without them.
 */
export class GroupCommit {
  readonly #init: GroupCommitInit;
  #queue: Entry[] = [];
  #waitingBytes = 0;
  #bytesInTurn = 0;
  #running: Promise<void> | undefined;
  #progress = Promise.withResolvers<void>();

  constructor(init: GroupCommitInit) {
    this.#init = init;
  }

  /** Bytes accepted but not yet on disk. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Resolves when there is room for one more record. The room is not reserved: look again. */
  async room({ signal }: AbortOptions = {}): Promise<void> {
    if (this.#bytesInTurn >= BYTES_PER_TURN) {
      this.#bytesInTurn = 0;
      await setImmediate();
    }
    while (!this.hasRoom) await abortable(this.#progress.promise, signal);
  }

  get hasRoom(): boolean {
    return this.#waitingBytes < this.#init.queueBytes;
  }

  /** Queues a record at once, whether or not there is room. */
  push(record: PackRecord): Ticket {
    const ticket = new Ticket();
    this.#queue.push({ record, ticket });
    const bytes = recordBytes(record);
    this.#waitingBytes += bytes;
    this.#bytesInTurn += bytes;
    this.#running ??= this.#run();
    return ticket;
  }

  /** Resolves when nothing waits any more. */
  async drain(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    // Lets the rest of this turn's records join the first group: a synced write and a transaction of
    // the index cost as much for one as for a hundred.
    await setImmediate();
    while (this.#queue.length > 0) {
      const group = this.#takeGroup();
      try {
        await this.#init.commit(group.map(({ record }) => record));
        this.#settle(group, (ticket) => ticket.succeed());
      } catch (error) {
        const waiting = this.#queue.splice(0);
        this.#queue = waiting.filter(({ record }) => isUnpin(record));
        const failed = waiting.filter(({ record }) => !isUnpin(record));
        this.#settle([...group, ...failed], (ticket) => ticket.fail(error));
      }
    }
    this.#running = undefined;
  }

  #takeGroup(): Entry[] {
    const { groupBytes, groupRecords } = this.#init;
    let bytes = 0;
    const end = this.#queue.findIndex(({ record }, index) => {
      bytes += recordBytes(record);
      const isOther = isUnpin(record) !== isUnpin(this.#queue[0]?.record);
      return index > 0 && (isOther || bytes > groupBytes || index >= groupRecords);
    });
    return this.#queue.splice(0, end < 0 ? this.#queue.length : end);
  }

  #settle(entries: readonly Entry[], outcome: (ticket: Ticket) => void): void {
    for (const { record, ticket } of entries) {
      this.#waitingBytes -= recordBytes(record);
      this.#init.onSettled(record);
      outcome(ticket);
    }
    this.#progress.resolve();
    this.#progress = Promise.withResolvers();
  }
}

function isUnpin(record: PackRecord | undefined): boolean {
  return record?.kind === "unpin";
}
