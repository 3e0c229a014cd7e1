import { IpfsKitError, parseCid } from "@ipfs-kit/core";

import type { Command, CommandContext } from "./command.ts";
import { DEFAULT_TIMEOUT_SECONDS } from "./common-flags.ts";
import { humanBytes } from "./output.ts";
import { wholeNumberIn } from "./read-input.ts";
import type { ReceiveReport } from "./stream/receive-content.ts";

const DAY_SECONDS = 86_400;

export const stream: Command = {
  name: "stream",
  summary: "Play content from the server over WebRTC, and tell what arrives.",
  usage: "<cid>",
  count: { min: 1, max: 1 },
  details: [
    "Nothing is decoded: what is counted is what came over the line. It succeeds only when media of every track that was offered has arrived.",
  ],
  flags: {
    seconds: {
      type: "string",
      short: "s",
      value: "<number>",
      help: `Stop after so many seconds, 1 to ${DAY_SECONDS}. Default: at the end of the content.`,
    },
    "start-at": {
      type: "string",
      value: "<seconds>",
      help: `Where to begin, 0 to ${DAY_SECONDS}. Default 0.`,
    },
    kind: {
      type: "string",
      value: "<kind>",
      choices: ["av", "video", "audio"],
      help: "av, video or audio. Default av: what there is.",
    },
  },
  async run(input, context) {
    const [cid = ""] = input.arguments;
    parseCid(cid);
    const seconds = wholeNumberIn(input, "seconds", { min: 1, max: DAY_SECONDS });
    const startAtSeconds = wholeNumberIn(input, "start-at", { min: 0, max: DAY_SECONDS });
    const silence = wholeNumberIn(input, "timeout-seconds", { min: 1, max: 3600 });
    const kind = KINDS.find((known) => known === input.text("kind"));
    const { server, signal, output } = context;
    // A peer connection is much to load, and no other command needs it.
    const { receiveContent } = await import("./stream/receive-content.ts");
    let last: ReceiveReport | undefined;
    const end = await receiveContent({
      server,
      cid,
      kind,
      seconds,
      startAtSeconds,
      idleMs: (silence ?? DEFAULT_TIMEOUT_SECONDS) * 1000,
      signal,
      onPreparing: ({ detail, percent }) => {
        const share = percent === undefined ? "" : ` ${Math.round(percent)} %`;
        output.status(`${detail ?? "preparing"}${share}`);
      },
      onReport: async (report) => {
        if (last === undefined) await tellTracks(report, context);
        last = report;
        await tellReport(report, context);
      },
    });
    if (last === undefined) throw new IpfsKitError("connection_failed", "Nothing arrived.");
    await tellEnd(last, end, context);
  },
};

const KINDS = ["av", "video", "audio"] as const;

async function tellTracks(
  { tracks, connectMs }: ReceiveReport,
  { output }: CommandContext,
): Promise<void> {
  output.status("");
  const names = tracks.map(({ kind, codec }) => `${kind} ${codec ?? "?"}`);
  await output.result(
    {
      event: "connected",
      connect_ms: Math.round(connectMs),
      tracks: tracks.map(({ kind, codec }) => ({ kind, codec })),
    },
    `connected after ${Math.round(connectMs)} ms: ${names.join(", ")}`,
  );
}

async function tellReport(report: ReceiveReport, { output }: CommandContext): Promise<void> {
  const { tracks, positionSeconds, durationSeconds } = report;
  const of = durationSeconds === undefined ? "" : ` of ${durationSeconds.toFixed(1)}`;
  const parts = tracks.map(
    ({ kind, frames, bytes, bitsPerSecond }) =>
      `${kind} ${frames} frames ${humanBytes(bytes)} ${Math.round(bitsPerSecond / 1000)} kbit/s`,
  );
  await output.result(
    { event: "received", ...recordOf(report) },
    `${positionSeconds.toFixed(1)}${of} s  ${parts.join("  ")}`,
  );
}

/** @throws IpfsKitError when not everything that was offered came */
async function tellEnd(
  report: ReceiveReport,
  end: "content" | "seconds",
  { output }: CommandContext,
): Promise<void> {
  const silent = report.tracks.filter(({ frames }) => frames === 0).map(({ kind }) => kind);
  if (report.tracks.length === 0 || silent.length > 0) {
    const what = report.tracks.length === 0 ? "media" : silent.join(" and ");
    throw new IpfsKitError("connection_failed", `The connection stood, but no ${what} arrived.`);
  }
  const bytes = report.tracks.reduce((sum, track) => sum + track.bytes, 0);
  const why = end === "content" ? "the content is over" : "stopped as asked";
  await output.result(
    { event: "ended", reason: end, bytes, ...recordOf(inMean(report)) },
    `${why}: ${humanBytes(bytes)} in ${report.seconds.toFixed(1)} s`,
  );
}

/** The rates of the whole time, not of the last moment. */
function inMean(report: ReceiveReport): ReceiveReport {
  const seconds = Math.max(report.seconds, 0.001);
  const tracks = report.tracks.map((track) => ({
    ...track,
    bitsPerSecond: Math.round((track.bytes * 8) / seconds),
  }));
  return { ...report, tracks };
}

function recordOf({ seconds, tracks, positionSeconds, durationSeconds }: ReceiveReport) {
  return {
    seconds: round(seconds),
    position_seconds: round(positionSeconds),
    ...(durationSeconds !== undefined && { duration_seconds: round(durationSeconds) }),
    tracks: tracks.map(({ kind, codec, frames, packets, bytes, bitsPerSecond }) => ({
      kind,
      codec,
      frames,
      packets,
      bytes,
      bits_per_second: bitsPerSecond,
    })),
  };
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
