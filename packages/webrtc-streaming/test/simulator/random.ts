/** Numbers from 0 up to 1, the same for the same seed, and as many as a long run wants. */
export type Random = () => number;

/** A small generator of good enough spread (xorshift with 32 bits, stirred by a multiplication). */
export function randomFrom(seed: number): Random {
  let state = (Math.imul(seed + 1, 0x9e37_79b1) ^ 0x5bd1_e995) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (Math.imul(state, 0x2c1b_3c6d) >>> 0) / 2 ** 32;
  };
}

/** Around 0, most within 1 of it, all within 3. */
export function bell(random: Random): number {
  return (random() + random() + random() + random() + random() + random() - 3) * Math.SQRT2;
}

/** Times between things that happen at random. */
export function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random());
}
