import { setTimeout as wait } from "node:timers/promises";

import { seededRandom } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import { GroupCommit } from "../src/pack-store/group-commit.ts";
import type { GroupTarget } from "../src/pack-store/group-target.ts";
import { PackGoneError, type WrittenGroup } from "../src/pack-store/pack-writer.ts";
import type { PackRecord } from "../src/pack-store/record.ts";
import type { Ticket } from "../src/pack-store/ticket.ts";

const RUNS = 60;
const MIB = 1024 * 1024;

/** A disk in memory that is slow and fails as the seed says, and that knows the rules of its callers. */
class FaultyDisk implements GroupTarget {
  readonly #random: () => number;
  readonly #syncMs: number;
  readonly durable: number[] = [];
  #written: number[][] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #writing = false;
  #sealing = false;
  isWanted = false;
  mostUnsealed = 0;
  overlaps = 0;

  constructor(random: () => number, syncMs = 0) {
    this.#random = random;
    this.#syncMs = syncMs;
  }

  async inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async write(records: readonly PackRecord[], before?: Promise<void>): Promise<WrittenGroup> {
    if (this.#writing) this.overlaps += 1;
    this.#writing = true;
    try {
      this.isWanted = this.#random() < 0.1;
      // A new pack.
      if (this.#random() < 0.2) await before;
      await this.#work();
      this.#written.push(records.map(numberOf));
      this.mostUnsealed = Math.max(this.mostUnsealed, this.#written.length);
      return { records, pack: 1, start: 0, end: 0 };
    } finally {
      this.#writing = false;
    }
  }

  async seal({ records }: WrittenGroup): Promise<void> {
    if (this.#sealing) this.overlaps += 1;
    this.#sealing = true;
    try {
      await wait(this.#syncMs);
      await this.#work();
      this.durable.push(...records.map(numberOf));
      this.#written.shift();
    } finally {
      this.#sealing = false;
    }
  }

  async takeBack(): Promise<void> {
    if (this.#sealing || this.#writing) this.overlaps += 1;
    this.#written = [];
  }

  async leaveGonePack(): Promise<void> {
    if (this.#sealing || this.#writing) this.overlaps += 1;
    this.#written = [];
  }

  async append(records: readonly PackRecord[]): Promise<void> {
    if (this.#sealing || this.#writing || this.#written.length > 0) this.overlaps += 1;
    await this.#work();
    this.durable.push(...records.map(numberOf));
  }

  async #work(): Promise<void> {
    await wait(Math.floor(this.#random() * 3));
    const luck = this.#random();
    if (luck < 0.03) throw new Error("the disk failed");
    if (luck < 0.05) throw new PackGoneError();
  }
}

function recordOf(number: number, random: () => number): PackRecord {
  const key = new Uint8Array(4);
  new DataView(key.buffer).setUint32(0, number);
  if (random() < 0.1) return { kind: "unpin", key, payload: new Uint8Array(0) };
  return { kind: "block", key, payload: new Uint8Array(Math.floor(random() * 900 * 1024)) };
}

function numberOf({ key }: Pick<PackRecord, "key">): number {
  return new DataView(key.buffer, key.byteOffset).getUint32(0);
}

async function outcomes(tickets: readonly Ticket[]): Promise<boolean[]> {
  const settled = await Promise.allSettled(tickets.map(async ({ durable }) => durable));
  return settled.map(({ status }) => status === "fulfilled");
}

describe("groups on their way to a disk that fails now and then", () => {
  it.each(Array.from({ length: RUNS }, (_, seed) => seed))(
    "are acknowledged exactly when they are durable, in order (seed %i)",
    async (seed) => {
      const random = seededRandom(seed);
      const disk = new FaultyDisk(random);
      const settled: number[] = [];
      const queue = new GroupCommit({
        target: disk,
        onSettled: (record) => settled.push(numberOf(record)),
        queueBytes: 16 * MIB,
        groupBytes: 4 * MIB,
        groupRecords: 64,
      });
      const tickets: Ticket[] = [];
      for (let number = 0; number < 120; number += 1) {
        await queue.room();
        tickets.push(queue.push(recordOf(number, random)));
        if (random() < 0.2) await wait(Math.floor(random() * 3));
      }
      const isDurable = await outcomes(tickets);
      await queue.drain();

      const acknowledged = isDurable.flatMap((yes, number) => (yes ? [number] : []));
      expect(disk.durable.toSorted((a, b) => a - b)).toEqual(acknowledged);
      expect(disk.overlaps).toBe(0);
      expect(disk.mostUnsealed).toBeLessThanOrEqual(2);
      expect(settled).toHaveLength(tickets.length);
      expect(queue.waitingBytes).toBe(0);
    },
  );

  it("stand in the order in which they came", async () => {
    const disk = new FaultyDisk(() => 0.5, 5);
    const queue = new GroupCommit({
      target: disk,
      onSettled: () => {},
      queueBytes: 16 * MIB,
      groupBytes: 4 * MIB,
      groupRecords: 8,
    });
    const numbers = Array.from({ length: 200 }, (_, number) => number);
    const tickets = numbers.map((number) => queue.push(recordOf(number, () => 0.3)));
    await Promise.all(tickets.map(async ({ durable }) => durable));
    expect(disk.durable).toEqual(numbers);
    expect(disk.mostUnsealed).toBe(2);
  });
});
