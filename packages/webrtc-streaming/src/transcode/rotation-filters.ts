/**
 * The filters that turn a picture upright, from its display matrix (3 x 3, row by row), for
 * rotations by quarter turns and mirrors, as the ffmpeg program inserts them by itself.
 */
export function rotationFilters(matrix: Int32Array): string[] {
  const [a = 0, b = 0, , c = 0, d = 0] = matrix;
  const quarterTurns = Math.round(Math.atan2(b, a) / (Math.PI / 2));
  switch (((quarterTurns % 4) + 4) % 4) {
    case 1:
      return [c > 0 ? "transpose=cclock_flip" : "transpose=clock"];
    case 2:
      return [...(a < 0 ? ["hflip"] : []), ...(d < 0 ? ["vflip"] : [])];
    case 3:
      return [c < 0 ? "transpose=clock_flip" : "transpose=cclock"];
    default:
      return d < 0 ? ["vflip"] : [];
  }
}
