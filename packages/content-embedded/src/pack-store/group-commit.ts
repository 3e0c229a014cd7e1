import { setImmediate } from "node:timers/promises";

import { abortable, type AbortOptions } from "@ipfs-kit/core";

import type { GroupTarget } from "./group-target.ts";
import { PackGoneError } from "./pack-writer.ts";
import { recordBytes, type PackRecord } from "./record.ts";
import { Ticket } from "./ticket.ts";

/**
 * Bytes taken in before the event loop has a turn. A source that has its bytes at hand, such as a
 * buffer, needs none: the end of a write or sync would be seen only once the queue is full, and the
 * disk would have nothing to do meanwhile.
 */
const BYTES_PER_TURN = 1024 * 1024;

/**
 * Bytes worth being written while the group before is synced. Fewer wait for its end: then they share
 * a sync with all that comes until then.
 */
const WRITE_AHEAD_BYTES = 2 * 1024 * 1024;

interface Entry {
  record: PackRecord;
  ticket: Ticket;
}

/** Records taken from the queue that go to the disk together. */
type Group = readonly Entry[];

/** A group on its way: written, and not yet durable. */
interface Flight {
  group: Group;
  /** Settles when it is durable and indexed. */
  sealed: Promise<void>;
}

export interface GroupCommitInit {
  target: GroupTarget;
  /** Called for each record once it is on disk, or will never be. */
  onSettled: (record: PackRecord) => void;
  queueBytes: number;
  groupBytes: number;
  groupRecords: number;
}

/**
 * Turns many small writes into few synced ones: while one group is synced, the next one is written and
 * the one after that gathers. Order is kept. When a group fails, everything that waits behind it fails
 * too: a pin behind its blocks is therefore never kept without them.
 */
export class GroupCommit {
  readonly #init: GroupCommitInit;
  #queue: Entry[] = [];
  #waitingBytes = 0;
  /** Those of them that are not on their way yet. */
  #queuedBytes = 0;
  #bytesInTurn = 0;
  #running: Promise<void> | undefined;
  #progress = Promise.withResolvers<void>();
  #enough = Promise.withResolvers<void>();

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
    this.#queuedBytes += bytes;
    this.#bytesInTurn += bytes;
    if (this.#queuedBytes >= WRITE_AHEAD_BYTES) this.#enough.resolve();
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
      await this.#init.target.inTurn(async () => this.#commitGroups());
    }
    this.#running = undefined;
  }

  /** Commits what waits and what comes meanwhile, until nothing does or somebody wants his turn. */
  async #commitGroups(): Promise<void> {
    let flight = await this.#launch(this.#takeGroup(), undefined);
    while (flight !== undefined) {
      const isMore = this.#queuedBytes >= WRITE_AHEAD_BYTES || (await this.#isMoreBefore(flight));
      if (isMore && !this.#init.target.isWanted) {
        flight = await this.#launch(this.#takeGroup(), flight);
      } else {
        flight = await this.#land(flight);
      }
    }
  }

  /** Waits until there is enough to write ahead, or the flight has landed. */
  async #isMoreBefore({ sealed }: Flight): Promise<boolean> {
    this.#enough = Promise.withResolvers();
    const enough = this.#enough.promise.then(isTrue);
    return Promise.race([enough, sealed.then(isFalse, isFalse)]);
  }

  /** Writes a group while the one before is sealed, then begins to seal it. */
  async #launch(group: Group, before: Flight | undefined): Promise<Flight | undefined> {
    const { target } = this.#init;
    if (isUnpin(group[0]?.record)) {
      if (before !== undefined) await this.#land(before);
      await this.#appendAlone(group);
      return undefined;
    }
    try {
      const written = await target.write(recordsOf(group), before?.sealed);
      await before?.sealed;
      if (before !== undefined) this.#settle(before.group, succeed);
      const sealed = target.seal(written);
      // Whoever lands it is told.
      sealed.catch(() => {});
      return { group, sealed };
    } catch (error) {
      const isBeforeSealed = await before?.sealed.then(isTrue, isFalse);
      if (before !== undefined && isBeforeSealed === true) this.#settle(before.group, succeed);
      const lost = isBeforeSealed === false ? (before?.group ?? []) : [];
      await this.#recover([...lost, ...group], error);
      return undefined;
    }
  }

  /** Waits until a group is durable. */
  async #land({ group, sealed }: Flight): Promise<undefined> {
    try {
      await sealed;
    } catch (error) {
      await this.#recover(group, error);
      return;
    }
    this.#settle(group, succeed);
  }

  async #recover(unsealed: Group, error: unknown): Promise<void> {
    const { target } = this.#init;
    if (error instanceof PackGoneError) {
      await target.leaveGonePack();
      await this.#appendAlone(unsealed);
    } else {
      await target.takeBack();
      this.#giveUp(unsealed, error);
    }
  }

  async #appendAlone(group: Group): Promise<void> {
    try {
      await this.#init.target.append(recordsOf(group));
    } catch (error) {
      this.#giveUp(group, error);
      return;
    }
    this.#settle(group, succeed);
  }

  #giveUp(group: Group, error: unknown): void {
    const waiting = this.#queue;
    this.#queue = waiting.filter(({ record }) => isUnpin(record));
    this.#queuedBytes = bytesOf(this.#queue);
    const failed = waiting.filter(({ record }) => !isUnpin(record));
    this.#settle([...group, ...failed], (ticket) => ticket.fail(error));
  }

  #takeGroup(): Group {
    const { groupBytes, groupRecords } = this.#init;
    let bytes = 0;
    const end = this.#queue.findIndex(({ record }, index) => {
      bytes += recordBytes(record);
      const isOther = isUnpin(record) !== isUnpin(this.#queue[0]?.record);
      return index > 0 && (isOther || bytes > groupBytes || index >= groupRecords);
    });
    const group = this.#queue.splice(0, end < 0 ? this.#queue.length : end);
    this.#queuedBytes -= bytesOf(group);
    return group;
  }

  #settle(group: Group, outcome: (ticket: Ticket) => void): void {
    for (const { record, ticket } of group) {
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

function recordsOf(group: Group): PackRecord[] {
  return group.map(({ record }) => record);
}

function bytesOf(group: Group): number {
  return group.reduce((sum, { record }) => sum + recordBytes(record), 0);
}

function succeed(ticket: Ticket): void {
  ticket.succeed();
}

function isTrue(): boolean {
  return true;
}

function isFalse(): boolean {
  return false;
}
