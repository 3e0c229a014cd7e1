import { createHash } from "node:crypto";

import { seededBytes } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import { DigestSet } from "../src/digest-set.ts";
import { KeySketch } from "../src/key-sketch.ts";

function multihash(index: number): Uint8Array {
  const digest = createHash("sha256").update(String(index)).digest();
  return Uint8Array.from([0x12, 0x20, ...digest]);
}

const KEYS = Array.from({ length: 150_000 }, (_, index) => multihash(index));

describe("a set of digests", () => {
  it("has what was added, and nothing else", () => {
    const set = new DigestSet();
    const [added, others] = [KEYS.slice(0, 75_000), KEYS.slice(75_000)];
    expect(added.every((key) => set.add(key, 1))).toBe(true);
    expect(added.some((key) => set.add(key, 1))).toBe(false);
    expect(set.size).toBe(added.length);
    expect(added.every((key) => set.has(key, 1))).toBe(true);
    expect(others.some((key) => set.has(key, 1))).toBe(false);
    expect(added.some((key) => set.has(key, 0))).toBe(false);
  });

  it("takes 32 MiB for a million", () => {
    const before = process.memoryUsage().arrayBuffers;
    const set = new DigestSet();
    const bytes = seededBytes(16 * 1_000_000, 5);
    for (let at = 0; at < bytes.length; at += 16) set.add(bytes.subarray(at, at + 16), 0);
    expect(set.size).toBeGreaterThan(990_000);
    const grown = process.memoryUsage().arrayBuffers - before - bytes.length;
    expect(grown).toBeLessThan(64 * 1024 * 1024);
  });
});

describe("a sketch of keys", () => {
  it("never denies a key it was given, before and after it goes over to bits", () => {
    for (const count of [1000, KEYS.length]) {
      const sketch = new KeySketch();
      const given = KEYS.slice(0, count);
      for (const key of given) sketch.add(key);
      const whole = new KeySketch();
      whole.add(multihash(-1));
      whole.absorb(sketch);
      for (const each of [sketch, whole])
        expect(given.every((key) => each.mayHave(key))).toBe(true);
      expect(whole.mayHave(multihash(-1))).toBe(true);
    }
  });

  it("claims few it was not given", () => {
    const sketch = new KeySketch();
    for (const key of KEYS.slice(0, 100_000)) sketch.add(key);
    const claimed = KEYS.slice(100_000).filter((key) => sketch.mayHave(key));
    expect(claimed.length).toBeLessThan(500);
  });
});
