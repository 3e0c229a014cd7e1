import { PRESETS, type PresetName } from "./quality.ts";

/** One way to show a video: a rendition of it, or the source as it is. */
export interface Rung {
  /** Name of the preset it was made for, or `"source"`. */
  id: PresetName | "source";
  /** Average of the video's data. */
  bitsPerSecond: number;
  width: number;
  height: number;
  frameRate: number;
}

/** The lowest first; the bit rate goes up from one to the next. Never empty. */
export type Ladder = readonly [Rung, ...Rung[]];

/** What the source is, as shown: width and height after its rotation. */
export interface LadderSource {
  bitsPerSecond: number;
  width: number;
  height: number;
  frameRate: number;
}

/** A rung has to be this much below the next, or it is not worth its making and a switch. */
const WORTHWHILE = 0.8;

/**
 * The rungs for a source: what of the presets is below it, and the source itself on top. The aspect is
 * kept, nothing is scaled up, no picture comes more often than in the source. Sides are even, as
 * encoders want them.
 *
 * @throws RangeError when the source has a side, rate or frame rate that is not above 0
 */
export function buildLadder(source: LadderSource): Ladder {
  for (const value of Object.values(source)) {
    if (!(value > 0 && Number.isFinite(value))) {
      throw new RangeError("A source needs sides, a bit rate and a frame rate above 0.");
    }
  }
  const below = PRESETS.filter(
    ({ bitsPerSecond }) => bitsPerSecond <= WORTHWHILE * source.bitsPerSecond,
  ).map((preset) => rungBelow(source, preset));
  const top: Rung = { id: "source", ...source };
  const [first, ...rest] = [...below, top];
  return first === undefined ? [top] : [first, ...rest];
}

/**
 * The rung that comes nearest to a preset without going above it; the lowest when all are above. The
 * source counts for what it takes.
 */
export function rungFor(ladder: Ladder, preset: { bitsPerSecond: number }): number {
  // A source a little above its preset is still that preset's.
  const most = preset.bitsPerSecond / WORTHWHILE;
  return Math.max(
    0,
    ladder.findLastIndex(({ bitsPerSecond }) => bitsPerSecond <= most),
  );
}

function rungBelow(source: LadderSource, preset: (typeof PRESETS)[number]): Rung {
  const { name: id, bitsPerSecond } = preset;
  const frameRate = fitFrameRate(source.frameRate, preset.frameRate);
  return { id, bitsPerSecond, ...fit(source, preset), frameRate };
}

/** The largest size of the source's aspect in the preset's box; a box on its side for an upright picture. */
function fit(
  source: LadderSource,
  box: { width: number; height: number },
): { width: number; height: number } {
  const upright = source.height > source.width;
  const across = upright ? box.height : box.width;
  const down = upright ? box.width : box.height;
  const scale = Math.min(1, across / source.width, down / source.height);
  return { width: even(source.width, scale), height: even(source.height, scale) };
}

/** Whole fractions of the source's rate keep the pictures evenly spaced. */
function fitFrameRate(source: number, most: number): number {
  return source / Math.ceil(source / most - 0.01);
}

/** The nearest even side, 2 at least, and not above the whole one. */
function even(side: number, scale: number): number {
  return Math.max(2, Math.min(2 * Math.round((side * scale) / 2), 2 * Math.floor(side / 2)));
}
