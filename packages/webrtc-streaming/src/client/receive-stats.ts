import type { StatsReportLike } from "./platform.ts";

/** What arrives, as this side counts it. A value the platform does not tell is absent. */
export interface ReceiveStats {
  video?: {
    width?: number;
    height?: number;
    /** Short codec name: `"VP8"`. */
    codec?: string;
    framesDecoded?: number;
    framesPerSecond?: number;
  };
  audio?: {
    codec?: string;
    /** Loudness of the moment, 0-1. */
    level?: number;
  };
  bytesReceived: number;
  packetsLost: number;
  /** Bits per second since the call before; absent on the first. */
  bitsPerSecond?: number;
}

type Report = Readonly<Record<string, unknown>>;

/** Sums up one `getStats()` report. */
export function summarizeStats(stats: StatsReportLike): ReceiveStats {
  const reports: Report[] = [];
  stats.forEach((report) => {
    if (typeof report === "object" && report !== null) reports.push({ ...report });
  });
  const inbound = reports.filter((report) => report["type"] === "inbound-rtp");
  const codecOf = (report: Report) => {
    const codec = reports.find(({ id }) => id !== undefined && id === report["codecId"]);
    const mimeType = codec?.["mimeType"];
    return typeof mimeType === "string" ? mimeType.replace(/^.*\//, "") : undefined;
  };
  const sum = (name: string) =>
    inbound.reduce((total, report) => total + (numberOf(report[name]) ?? 0), 0);

  const summary: ReceiveStats = {
    bytesReceived: sum("bytesReceived"),
    packetsLost: sum("packetsLost"),
  };
  const video = inbound.find(({ kind }) => kind === "video");
  if (video !== undefined) {
    summary.video = present({
      width: numberOf(video["frameWidth"]),
      height: numberOf(video["frameHeight"]),
      codec: codecOf(video),
      framesDecoded: numberOf(video["framesDecoded"]),
      framesPerSecond: numberOf(video["framesPerSecond"]),
    });
  }
  const audio = inbound.find(({ kind }) => kind === "audio");
  if (audio !== undefined) {
    summary.audio = present({ codec: codecOf(audio), level: numberOf(audio["audioLevel"]) });
  }
  return summary;
}

/** Whether something was decoded: a picture, or sound when there is no video. */
export function hasFirstFrame(stats: StatsReportLike, expectsVideo: boolean): boolean {
  let found = false;
  stats.forEach((report) => {
    if (typeof report !== "object" || report === null) return;
    const { type, kind, framesDecoded, packetsReceived, totalSamplesReceived }: Report = {
      ...report,
    };
    if (type !== "inbound-rtp" || kind !== (expectsVideo ? "video" : "audio")) return;
    const packets = numberOf(packetsReceived) ?? 0;
    // A platform without a decoder counts packets only.
    const decoded = numberOf(expectsVideo ? framesDecoded : totalSamplesReceived) ?? packets;
    // Browsers count the silence they make up; without packets nothing has arrived.
    if (decoded > 0 && (expectsVideo || packets > 0)) found = true;
  });
  return found;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function present<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const result: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  for (const key in value) {
    const entry = value[key];
    if (entry !== undefined) Object.assign(result, { [key]: entry });
  }
  return result;
}
