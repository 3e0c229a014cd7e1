import type { Rung } from "../../src/adaptive/ladder.ts";
import { bell, randomFrom } from "./random.ts";

/** Length of a group of pictures, the same and in step on all rungs. */
export const GOP_MS = 1_000;

/** Share of a group that its key frame takes. */
const KEY_SHARE = 0.18;

/** How much groups, and frames in a group, differ in size. */
const GOP_SPREAD = 0.12;
const FRAME_SPREAD = 0.25;

/** Sizes of the frames of one group, in bytes; the key frame first. The same for the same seed. */
export function gopSizes(rung: Rung, gop: number, seed: number): number[] {
  // The picture is what makes a group large or small: on all rungs alike.
  const scene = 1 + GOP_SPREAD * bell(randomFrom(seed * 7_919 + gop));
  const random = randomFrom(seed * 104_729 + gop * 31 + Math.round(rung.bitsPerSecond / 1_000));
  const bytes = (rung.bitsPerSecond / 8) * (GOP_MS / 1_000) * Math.max(0.5, scene);
  const frames = Math.max(2, Math.round(rung.frameRate * (GOP_MS / 1_000)));
  const others = (bytes * (1 - KEY_SHARE)) / (frames - 1);
  return Array.from({ length: frames }, (_, index) =>
    Math.max(
      60,
      Math.round(index === 0 ? bytes * KEY_SHARE : others * (1 + FRAME_SPREAD * bell(random))),
    ),
  );
}
