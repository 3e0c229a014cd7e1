import type { ConnectionStats } from "@ipfs-kit/core/wire";

import type { MediaSender } from "./media-sender.ts";
import type { Pacer } from "./pacer.ts";
import type { PacketSender } from "./packet-sender.ts";

/** What is known of the way to the far end. */
interface PathFacts {
  times: {
    gatheringMs?: number | undefined;
    iceConnectedMs?: number | undefined;
    dtlsMs?: number | undefined;
  };
  path: ConnectionStats["candidate_pair"];
}

export interface StatsSources {
  senders: readonly Pick<MediaSender, "format" | "stats">[];
  packets: PacketSender;
  pacer: Pacer;
  transport: PathFacts;
  /** The size of the video as it is sent. */
  video: { width: number; height: number } | undefined;
  firstFrameSentMs: number | undefined;
  positionSeconds: number | undefined;
  durationSeconds: number | undefined;
}

/**
 * One snapshot of a connection, in the shape it crosses the wire. What is not known is absent. Counts
 * are sums over the tracks; where one value has to stand for all, it is the video's, or without one
 * the audio's.
 */
export function connectionStats(sources: StatsSources): ConnectionStats {
  const { senders, packets, pacer, transport } = sources;
  const reported = senders.map(({ format, stats }) => ({ kind: format.kind, format, stats }));
  const video = reported.find(({ kind }) => kind === "video");
  const main = video ?? reported.find(({ kind }) => kind === "audio");
  const all = reported.map(({ stats }) => stats);
  const bitrate = packets.bitrate();
  const { path, times } = transport;
  return withoutUnknown({
    codec: main?.format.name,
    bytes_sent: sum(all.map((stats) => stats.bytesSent + stats.retransmittedBytes)),
    packets_sent: sum(all.map((stats) => stats.packetsSent + stats.retransmittedPackets)),
    frames_sent: video?.stats.framesSent,
    frames_dropped: video?.stats.framesDropped,
    key_frames_sent: video?.stats.keyFramesSent,
    frame_rate: video?.stats.framesPerSecond,
    frame_width: video && sources.video?.width,
    frame_height: video && sources.video?.height,
    packets_lost: sum(all.map(({ packetsLost }) => packetsLost)),
    packet_loss_percent: main?.stats.lossPercent,
    rtt_ms: main?.stats.rttMs ?? all.find(({ rttMs }) => rttMs !== undefined)?.rttMs,
    jitter_ms: main?.stats.jitterMs,
    bandwidth_kbps: bitrate === undefined ? undefined : bitrate / 1_000,
    nack_count: sum(all.map(({ nackCount }) => nackCount)),
    pli_count: sum(all.map(({ pliCount }) => pliCount)),
    fir_count: sum(all.map(({ firCount }) => firCount)),
    retransmitted_packets: sum(all.map(({ retransmittedPackets }) => retransmittedPackets)),
    retransmitted_bytes: sum(all.map(({ retransmittedBytes }) => retransmittedBytes)),
    pacer_delay_ms: video && pacer.delayMs,
    pacer_delay_total_ms: video && pacer.totalDelayMs,
    ice_gathering_time_ms: times.gatheringMs,
    ice_connection_time_ms: times.iceConnectedMs,
    dtls_time_ms: times.dtlsMs,
    first_frame_sent_ms: sources.firstFrameSentMs,
    position_seconds: sources.positionSeconds,
    duration_seconds: sources.durationSeconds,
    relayed: path && (path.local.type === "relay" || path.remote.type === "relay"),
    candidate_pair: path,
  });
}

function withoutUnknown(known: {
  [Name in keyof ConnectionStats]: ConnectionStats[Name] | undefined;
}): ConnectionStats {
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
}

function sum(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0);
}
