import type { Ladder } from "../../src/adaptive/ladder.ts";
import { buildLadder } from "../../src/adaptive/ladder.ts";
import { GOP_MS } from "./content.ts";
import { Link, type LinkInit } from "./link.ts";
import { exponential, randomFrom } from "./random.ts";
import { Streamer, type Mode } from "./streamer.ts";
import { TcpFlow } from "./tcp-flow.ts";
import { Viewer } from "./viewer.ts";
import { VirtualTime } from "./virtual-time.ts";

/** One stream through the bottleneck. */
interface FlowInit {
  /** In seconds. @default 0 */
  startSeconds?: number;
  /** Its own way, in milliseconds, instead of the links'. */
  delayMs?: number;
  /** Against the others, in a case with media both ways. @default false */
  isBackward?: boolean;
  pause?: { fromSeconds: number; toSeconds: number };
}

export interface Scenario {
  name: string;
  seconds: number;
  forward: LinkInit;
  /** Where feedback, and media the other way, travel. @default fast, 50 ms */
  backward?: LinkInit;
  /** @default one from the beginning */
  flows?: readonly FlowInit[];
  /** Downloads beside it: endless ones, and short ones again and again. */
  tcp?: { long?: number; short?: number; fromSeconds?: number };
  /** @default the presets up to 720p */
  ladder?: Ladder;
}

/** What became of one stream. */
export interface FlowResult {
  /** Seconds from its start until the top rung was sent; undefined for never. */
  topAfterSeconds: number | undefined;
  /** When which rung began, in seconds of the run; the first is the start. */
  rungs: { atSeconds: number; id: string; bitsPerSecond: number }[];
  switches: number;
  freezes: number;
  frozenSeconds: number;
  firstFrameSeconds: number | undefined;
  /** What arrived on average, repeats and probes included. */
  receivedKbps: number;
  paddingShare: number;
  repeatedShare: number;
  words: string[];
}

/** A 720p source of 2.5 Mbit/s and what is below it: 250, 500, 1,000 and 2,500 kbit/s. */
const LADDER_720P = buildLadder({
  bitsPerSecond: 2_500_000,
  width: 1280,
  height: 720,
  frameRate: 30,
});

/** Sizes of short downloads in bytes, and the time between them (RFC 8867, 5.7). */
const SHORT_BYTES = { least: 100_000, most: 1_000_000 } as const;
const SHORT_PAUSE_MS = 10_000;

/** Runs a scenario in virtual time. The same seed gives the same result. */
export function simulate(scenario: Scenario, mode: Mode, seed: number): FlowResult[] {
  const time = new VirtualTime();
  const random = randomFrom(seed);
  const forward = new Link(time, randomFrom(seed + 1_000), scenario.forward);
  const backward = new Link(time, randomFrom(seed + 2_000), scenario.backward ?? { delayMs: 50 });
  const ladder = scenario.ladder ?? LADDER_720P;
  const flows = (scenario.flows ?? [{}]).map((flow, index) => {
    const there = flow.isBackward === true ? backward : forward;
    const back = flow.isBackward === true ? forward : backward;
    let streamer: Streamer | undefined;
    const viewer = new Viewer(
      time,
      (message, bytes) => back.send(bytes, () => streamer?.receive(message), flow.delayMs),
      mode === "remb" ? "remb" : "transport",
    );
    const startMs = (flow.startSeconds ?? 0) * 1_000;
    time.at(startMs, () => {
      streamer = new Streamer({
        time,
        ladder,
        mode,
        seed: seed * 100 + index,
        put: (packet) => there.send(packet.bytes, () => viewer.receive(packet), flow.delayMs),
      });
      streamer.start();
    });
    if (flow.pause !== undefined) {
      time.at(flow.pause.fromSeconds * 1_000, () => {
        streamer?.pause();
        // What is on the way is still shown; then the picture stands on purpose.
        time.after(GOP_MS, () => viewer.playout.pause());
      });
      time.at(flow.pause.toSeconds * 1_000, () => streamer?.resume());
    }
    return { viewer, startMs, streamer: () => streamer };
  });
  startDownloads(scenario, time, forward, random);
  time.runUntil(scenario.seconds * 1_000);
  return flows.map(({ viewer, startMs, streamer }) => {
    viewer.playout.end();
    return resultOf(viewer, streamer(), startMs, scenario.seconds, ladder);
  });
}

function startDownloads(
  { tcp }: Scenario,
  time: VirtualTime,
  link: Link,
  random: () => number,
): void {
  if (tcp === undefined) return;
  const from = (tcp.fromSeconds ?? 0) * 1_000;
  for (let index = 0; index < (tcp.long ?? 0); index += 1) {
    time.at(from, () => new TcpFlow(time, link, { ackDelayMs: 50 }));
  }
  for (let index = 0; index < (tcp.short ?? 0); index += 1) {
    const begin = (): void => {
      const bytes = SHORT_BYTES.least + random() * (SHORT_BYTES.most - SHORT_BYTES.least);
      const onDone = () => time.after(exponential(random, SHORT_PAUSE_MS), begin);
      void new TcpFlow(time, link, { ackDelayMs: 50, bytes, onDone });
    };
    time.at(from + exponential(random, SHORT_PAUSE_MS), begin);
  }
}

function resultOf(
  viewer: Viewer,
  streamer: Streamer | undefined,
  startMs: number,
  seconds: number,
  ladder: Ladder,
): FlowResult {
  if (streamer === undefined) throw new Error("The scenario ended before the stream began.");
  const { playout } = viewer;
  const rungs = streamer.entered.map(({ at, rung }) => ({
    atSeconds: at / 1_000,
    id: rung.id,
    bitsPerSecond: rung.bitsPerSecond,
  }));
  const top = ladder.at(-1)?.id;
  const topAt = rungs.find(({ id }) => id === top)?.atSeconds;
  return {
    topAfterSeconds: topAt === undefined ? undefined : topAt - startMs / 1_000,
    rungs,
    switches: rungs.length - 1,
    freezes: playout.freezes,
    frozenSeconds: playout.frozenMs / 1_000,
    firstFrameSeconds:
      playout.firstShownAt === undefined ? undefined : (playout.firstShownAt - startMs) / 1_000,
    receivedKbps: (viewer.receivedBytes * 8) / 1_000 / (seconds - startMs / 1_000),
    paddingShare: streamer.paddingBytes / Math.max(1, streamer.sentBytes),
    repeatedShare:
      (streamer.repeatedBytes - streamer.paddingBytes) / Math.max(1, streamer.sentBytes),
    words: streamer.controller.decisions.map(
      ({ at, to, reason, entry, words }) =>
        `${(at / 1_000).toFixed(1)} s: ${to.id} (${reason}, ${entry}) ${words}`,
    ),
  };
}
