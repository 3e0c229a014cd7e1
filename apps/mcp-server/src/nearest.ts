/** Names longer than this are no slip of the finger; comparing them would only cost time. */
const MAX_COMPARED_CHARACTERS = 64;

/**
 * The known name that was probably meant, or `undefined` when none is near: at most a third of the
 * characters differ, or what was given is the beginning of exactly one.
 */
export function nearestOf(given: string, known: Iterable<string>): string | undefined {
  if (given === "" || given.length > MAX_COMPARED_CHARACTERS) return undefined;
  const names = Array.from(known);
  const word = given.toLowerCase();
  const [longer, another] = names.filter((name) => name.toLowerCase().startsWith(word));
  if (longer !== undefined && another === undefined) return longer;
  let best: { name: string; slips: number } | undefined;
  for (const name of names) {
    const slips = slipsBetween(word, name.toLowerCase());
    if (best === undefined || slips < best.slips) best = { name, slips };
  }
  if (best === undefined) return undefined;
  const allowed = Math.max(1, Math.floor(Math.max(word.length, best.name.length) / 3));
  return best.slips <= allowed ? best.name : undefined;
}

/** How many letters were added, left out, changed, or swapped with their neighbour. */
function slipsBetween(left: string, right: string): number {
  // Three rows of the table of all beginnings: the one before the last is for swaps.
  let before: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      const swapped =
        row > 1 &&
        column > 1 &&
        left[row - 1] === right[column - 2] &&
        left[row - 2] === right[column - 1];
      current.push(
        Math.min(
          (last[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (last[column - 1] ?? 0) + (same ? 0 : 1),
          swapped ? (before[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    before = last;
    last = current;
  }
  return last[right.length] ?? 0;
}
