const BYTES = /^(?<count>\d{1,15})(?:(?<unit>[kmgt])(?<binary>i)?b?|b)?$/i;
const UNITS = ["k", "M", "G", "T"];

/** `50G`, `500Mi`, `1000000`. @returns NaN for anything else */
export function readBytes(text: string): number {
  const { count, unit = "", binary } = BYTES.exec(text)?.groups ?? {};
  const step = binary === undefined ? 1000 : 1024;
  const power = UNITS.findIndex((known) => known.toLowerCase() === unit.toLowerCase()) + 1;
  return Number(count ?? Number.NaN) * step ** power;
}

/** The shortest text that {@link readBytes} turns into exactly this number. */
export function formatBytes(bytes: number): string {
  let shortest = String(bytes);
  for (const [index, unit] of UNITS.entries()) {
    for (const [step, name] of [
      [1024, unit === "k" ? "Ki" : `${unit}i`],
      [1000, unit],
    ] as const) {
      const count = bytes / step ** (index + 1);
      const text = `${count}${name}`;
      if (Number.isInteger(count) && count > 0 && text.length < shortest.length) shortest = text;
    }
  }
  return shortest;
}
