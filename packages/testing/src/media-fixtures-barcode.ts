/** Slots across the width of a picture: white reference, 16 bits, black reference, 2 left free. */
const SLOTS = 20;
const BITS = 16;

/**
 * The ffmpeg filters that draw the number of each frame into its top left corner: blocks a
 * twentieth of the width wide and high. Block 0 is white, block k + 1 is white when bit k of the
 * frame number is set, block 17 is black.
 */
export function barcodeFilters(width: number): string {
  const side = width / SLOTS;
  const box = (slot: number, slots: number, color: string) =>
    `drawbox=x=${slot * side}:y=0:w=${slots * side}:h=${side}:color=${color}:t=fill`;
  const bits = Array.from(
    { length: BITS },
    (_, bit) => `${box(bit + 1, 1, "white")}:enable='mod(floor(n/${2 ** bit}),2)'`,
  );
  return [box(1, BITS + 1, "black"), box(0, 1, "white"), ...bits].join(",");
}

/**
 * The number of the frame shown in these pixels, at any scale of 80 px of width and more;
 * `undefined` when the picture carries no readable barcode (black frame, something else).
 *
 * Uses nothing outside itself: a browser test may inject `readFrameNumber.toString()`.
 */
export function readFrameNumber(
  rgba: Uint8ClampedArray,
  width: number,
  height: number,
): number | undefined {
  const slots = 20;
  const bits = 16;
  const side = width / slots;
  // The middle of the blocks: half of a twentieth of the width, in a picture of 16:9.
  const y = Math.floor(height * (8 / 9 / slots));
  const luma = (slot: number): number => {
    let sum = 0;
    let count = 0;
    for (let x = Math.floor((slot + 0.3) * side); x <= (slot + 0.7) * side; x += 1) {
      const at = (y * width + x) * 4;
      sum += 0.3 * (rgba[at] ?? 0) + 0.6 * (rgba[at + 1] ?? 0) + 0.1 * (rgba[at + 2] ?? 0);
      count += 1;
    }
    return count === 0 ? 0 : sum / count;
  };
  const white = luma(0);
  const black = luma(bits + 1);
  if (white - black < 100) return undefined;
  let number = 0;
  for (let bit = 0; bit < bits; bit += 1) {
    const level = (luma(bit + 1) - black) / (white - black);
    if (level > 0.35 && level < 0.65) return undefined;
    if (level >= 0.65) number += 2 ** bit;
  }
  return number;
}
