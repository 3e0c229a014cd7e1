const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** Decimal bytes as people write them: `512 B`, `7.2 MB`, `24 MB`. */
export function formatBytes(bytes: number): string {
  return scaled(bytes, UNITS);
}

/** `9 MB/s` */
export function formatByteRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** Bits per second: `840 kb/s`, `1.2 Mb/s`. */
export function formatBitRate(bitsPerSecond: number): string {
  return scaled(bitsPerSecond, ["b/s", "kb/s", "Mb/s", "Gb/s"]);
}

function scaled(value: number, units: readonly string[]): string {
  let amount = Math.max(0, value);
  let unit = 0;
  // 999.5 would be written as "1000".
  while (amount >= 999.5 && unit < units.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || amount >= 9.95 ? 0 : 1;
  return `${amount.toFixed(digits).replace(/\.0$/, "")} ${units[unit]}`;
}

/** How much longer: `2 s left`, `3 min 20 s left`, `1 h 5 min left`. */
export function formatTimeLeft(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  if (whole < 60) return `${whole} s left`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s left`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}

/** A place in a film: `0:07`, `12:30`, `1:02:03`. */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [
    Math.floor(whole / 3600),
    Math.floor(whole / 60) % 60,
    String(whole % 60).padStart(2, "0"),
  ];
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** What something took: `86 ms`, `1.2 s`. */
export function formatElapsed(ms: number): string {
  return ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** How long ago: `just now`, `3 min ago`, `2 h ago`, `5 d ago`; the date when that says more. */
export function formatAge(then: Date, now: Date): string {
  const seconds = (now.getTime() - then.getTime()) / 1000;
  if (Number.isNaN(seconds)) return "";
  if (seconds < 45) return "just now";
  if (seconds < 3570) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  if (seconds < 86_000) return `${Math.round(seconds / 3600)} h ago`;
  if (seconds < 30 * 86_400) return `${Math.round(seconds / 86_400)} d ago`;
  return then.toISOString().slice(0, 10);
}

/** `bafybei…7tsffy`: enough to tell two apart at a glance. */
export function shortCid(cid: string): string {
  return cid.length <= 16 ? cid : `${cid.slice(0, 7)}…${cid.slice(-6)}`;
}
