import { seededRandom } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import { CacheOrder } from "../src/content/cache-order.ts";

/** Asks for a key as a cache does: a miss brings it in. @returns whether it was a hit */
function ask(order: CacheOrder, key: string, weight = 1): boolean {
  const isHit = order.has(key);
  if (isHit) order.use(key);
  else order.add(key, weight);
  return isHit;
}

const ignore = () => {};

describe("the order in which a cache lets go", () => {
  it("never holds more than there is room for, nor less than it says", () => {
    const held = new Map<string, number>();
    const order = new CacheOrder({ maxWeight: 1_000, onEvict: (key) => held.delete(key) });
    const random = seededRandom(7);
    for (let step = 0; step < 5_000; step += 1) {
      const key = String(Math.floor(random() ** 3 * 200));
      if (random() < 0.05) {
        order.remove(key);
        held.delete(key);
        continue;
      }
      const weight = 1 + (Number(key) % 97);
      if (!ask(order, key, weight)) held.set(key, weight);
      const sum = [...held.values()].reduce((total, each) => total + each, 0);
      if (order.weight !== sum || sum > 1_000 || order.count !== held.size) {
        throw new Error(`step ${step}: it says ${order.weight}, it holds ${sum}`);
      }
    }
    expect([...order.keys()].toSorted()).toEqual([...held.keys()].toSorted());
  });

  it("keeps what is asked for again and again through a scan of any length", () => {
    const order = new CacheOrder({ maxWeight: 100, onEvict: ignore });
    const popular = Array.from({ length: 50 }, (_, index) => `popular ${index}`);
    let scanned = 0;
    const scan = (count: number) => {
      // Each block of a film is asked for many times in a row by its one viewer.
      for (let block = 0; block < count; block += 1) {
        scanned += 1;
        for (let time = 0; time < 5; time += 1) ask(order, `scan ${scanned}`);
      }
    };
    for (let round = 0; round < 5; round += 1) {
      for (const key of popular) ask(order, key);
      scan(60);
    }
    scan(20_000);
    expect(popular.filter((key) => order.has(key))).toEqual(popular);
  });

  it("forgets what was popular once, when tastes change", () => {
    const order = new CacheOrder({ maxWeight: 100, onEvict: ignore });
    const round = (name: string) => {
      for (let key = 0; key < 70; key += 1) ask(order, `${name} ${key}`);
    };
    for (let count = 0; count < 10; count += 1) round("old");
    for (let count = 0; count < 50; count += 1) round("new");
    const hits = Array.from({ length: 70 }, (_, key) => ask(order, `new ${key}`)).filter(Boolean);
    expect(hits.length).toBeGreaterThan(60);
  });

  it("takes in nothing that is larger than all its room", () => {
    const order = new CacheOrder({ maxWeight: 10, onEvict: ignore });
    order.add("small", 5);
    expect(order.add("large", 11)).toBe(false);
    expect([...order.keys()]).toEqual(["small"]);
  });

  it("counts entries too, when told to", () => {
    const order = new CacheOrder({ maxWeight: 1_000, maxCount: 3, onEvict: ignore });
    for (const key of ["a", "b", "c", "d", "e"]) order.add(key, 1);
    expect(order.count).toBe(3);
  });
});
