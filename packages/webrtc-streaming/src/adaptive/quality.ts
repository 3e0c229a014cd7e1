/** The qualities a viewer can ask for by name, the lowest first. */
export const PRESETS = [
  { name: "very_low", bitsPerSecond: 250_000, width: 320, height: 240, frameRate: 15 },
  { name: "low", bitsPerSecond: 500_000, width: 640, height: 360, frameRate: 20 },
  { name: "medium", bitsPerSecond: 1_000_000, width: 854, height: 480, frameRate: 30 },
  { name: "high", bitsPerSecond: 2_500_000, width: 1280, height: 720, frameRate: 30 },
  { name: "very_high", bitsPerSecond: 4_500_000, width: 1920, height: 1080, frameRate: 30 },
] as const;

export type PresetName = (typeof PRESETS)[number]["name"];

/** A preset, `"auto"`, or 0 (the lowest) to 100 (the highest), which means the nearest preset. */
export type Quality = "auto" | PresetName | number;

/**
 * @returns the preset a quality means, or undefined for `"auto"`
 * @throws RangeError for a number outside 0 to 100
 */
export function presetOf(quality: Quality): (typeof PRESETS)[number] | undefined {
  if (quality === "auto") return undefined;
  if (typeof quality === "string") return PRESETS.find(({ name }) => name === quality);
  if (!(quality >= 0 && quality <= 100)) {
    throw new RangeError(`A quality is 0 to 100, not ${quality}.`);
  }
  return PRESETS[Math.round((quality / 100) * (PRESETS.length - 1))];
}
