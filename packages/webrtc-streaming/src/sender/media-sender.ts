import { randomInt } from "node:crypto";

import type { MediaPacket } from "../source/media-file.ts";
import type { RtpFormat } from "../source/rtp-format.ts";
import type { Pacer, PacedPacket } from "./pacer.ts";
import type { PacketSender } from "./packet-sender.ts";
import { RateMeter } from "./rate-meter.ts";
import { RemoteReports, type RemoteStats, type ReportBlock } from "./remote-reports.ts";
import type { SentPacket } from "./retransmission-buffer.ts";
import {
  RtpStream,
  type HeaderExtensionIds,
  type PacketFields,
  type PlayoutDelay,
} from "./rtp-stream.ts";
import { RtxSender, type RtxStats } from "./rtx-sender.ts";
import { senderReport } from "./sender-report.ts";
import type { SessionClock } from "./session-clock.ts";

export interface MediaSenderInit {
  format: RtpFormat;
  ssrc: number;
  payloadType: number;
  /** Retransmissions (RFC 4588); absent when the far end does not take them. */
  rtx?: { ssrc: number; payloadType: number };
  extensions?: HeaderExtensionIds | undefined;
  /** The same for all tracks of a session: RTCP's name of the source. */
  cname: string;
  clock: SessionClock;
  pacer: Pacer;
  packets: PacketSender;
}

/** What one track has sent, and what the far end asked for. */
export interface SentStats {
  framesSent: number;
  /** Handed over, and forgotten before their last packet left: by a seek or a pause. */
  framesDropped: number;
  keyFramesSent: number;
  packetsSent: number;
  /** Payload of the track's own stream: without headers, repeats and padding. */
  bytesSent: number;
  nackCount: number;
  pliCount: number;
  firCount: number;
}

/** One track's numbers. Unknown values are absent. */
export interface SenderStats extends SentStats, RtxStats, RemoteStats {
  /** Over the last two seconds. */
  framesPerSecond?: number;
}

const SEQUENCE_SPACE = 0x1_0000;
const TIMESTAMP_SPACE = 2 ** 32;
/**
 * First sequence numbers stay in the lower half: who misses the packets around the first wrap could
 * not know how often the number has wrapped, and without that nothing can be decrypted (RFC 3711, 3.3.1).
 */
const firstSequenceNumber = () => randomInt(0x8000);
const NO_REPEATS: RtxStats = {
  retransmittedPackets: 0,
  retransmittedBytes: 0,
  paddingPackets: 0,
  paddingBytes: 0,
};

/**
 * Sends one track: numbers and times its packets, answers requests for lost ones, reports to the far
 * end. The numbering lives as long as the sender: a pause or a seek leaves no hole in it.
 */
export class MediaSender {
  readonly format: RtpFormat;
  readonly #init: MediaSenderInit;
  readonly #stream: RtpStream;
  readonly #rtx: RtxSender | undefined;
  readonly #remote: RemoteReports;
  readonly #packetize: (packet: MediaPacket) => Uint8Array[];
  readonly #timestampBase = randomInt(TIMESTAMP_SPACE);
  readonly #frameRate = new RateMeter();
  /** The number of the last FIR that was answered; the same one again is only its repetition. */
  #firNumber: number | undefined;
  readonly #sent: SentStats = {
    framesSent: 0,
    framesDropped: 0,
    keyFramesSent: 0,
    packetsSent: 0,
    bytesSent: 0,
    nackCount: 0,
    pliCount: 0,
    firCount: 0,
  };

  constructor(init: MediaSenderInit) {
    const { format, ssrc, payloadType, rtx, extensions } = init;
    this.#init = init;
    this.format = format;
    this.#stream = new RtpStream({
      ssrc,
      payloadType,
      extensions,
      firstSequenceNumber: firstSequenceNumber(),
    });
    this.#rtx =
      rtx &&
      new RtxSender({
        ...init,
        stream: { ...rtx, extensions, firstSequenceNumber: firstSequenceNumber() },
      });
    this.#remote = new RemoteReports(format.clockRate);
    this.#packetize = format.createPacketizer();
  }

  get ssrc(): number {
    return this.#init.ssrc;
  }

  get stats(): SenderStats {
    const framesPerSecond = this.#frameRate.perSecond(this.#init.clock.now());
    return {
      ...this.#sent,
      ...(this.#rtx?.stats ?? NO_REPEATS),
      ...this.#remote.stats,
      ...(framesPerSecond !== undefined && { framesPerSecond }),
    };
  }

  /** How long the far end may keep frames before it shows them. Absent: it decides alone. */
  set playoutDelay(delay: PlayoutDelay | undefined) {
    this.#stream.playoutDelay = delay;
  }

  /** Hands a video frame to the pacer, and sends audio at once. @param presentAt when it is due, in milliseconds of the session's clock */
  sendFrame(packet: MediaPacket, presentAt: number): void {
    const { pacer } = this.#init;
    const isVideo = this.format.kind === "video";
    const timestamp = this.#timestampAt(presentAt);
    const payloads = this.#packetize(packet);
    const packets = payloads.map((payload, index) => {
      const isLast = index === payloads.length - 1;
      const bytes = this.#stream.wireBytes(payload.length);
      return new FramePacket(this, { payload, bytes, timestamp, isLast, isKey: packet.keyFrame });
    });
    if (isVideo) return pacer.push(packets);
    // Audio is small and the first thing people miss: it does not queue behind key frames.
    for (const audio of packets) {
      pacer.account(audio.bytes);
      audio.send();
    }
  }

  /** What the pacer calls when the time of a packet has come. */
  transmit(packet: FramePacket): void {
    const { clock, packets } = this.#init;
    const now = clock.now();
    const index = this.#stream.nextIndex;
    const { payload } = packet;
    packets.send(this.#stream, packet, payload, now);
    packet.sequenceNumber = index % SEQUENCE_SPACE;
    packet.sentAt = now;
    this.#rtx?.remember(index, packet);
    this.#sent.packetsSent += 1;
    this.#sent.bytesSent += payload.length;
    if (!packet.isLast) return;
    this.#sent.framesSent += 1;
    if (packet.isKey) this.#sent.keyFramesSent += 1;
    this.#frameRate.add(1, now);
  }

  /** A frame's last packet was forgotten. */
  frameDropped(): void {
    this.#sent.framesDropped += 1;
  }

  /** The far end misses packets. */
  onNack(lost: Iterable<number>): void {
    this.#sent.nackCount += 1;
    this.#rtx?.repeat(lost, this.#remote.stats.rttMs);
  }

  /** The far end has lost the picture (RFC 4585, 6.3.1). */
  onPictureLoss(): void {
    this.#sent.pliCount += 1;
  }

  /** The far end wants a key frame (RFC 5104, 4.3.1). @returns whether this is a new request */
  onFullIntraRequest(number: number): boolean {
    if (number === this.#firNumber) return false;
    this.#firNumber = number;
    this.#sent.firCount += 1;
    return true;
  }

  /** Takes in what the far end reports of this track. */
  onReceiverReport(block: ReportBlock): void {
    this.#remote.received(block, this.#init.clock.now());
  }

  /**
   * A packet that carries nothing new, for congestion control to send when it wants to know whether
   * the line takes more than the media needs. Undefined when the far end takes no repeats.
   */
  createPadding(): PacedPacket | undefined {
    return this.#rtx?.createPadding();
  }

  /** Tells the far end which NTP time this track's RTP time is: what lip sync is made from. */
  sendReport(): void {
    const { clock, ssrc, cname, packets } = this.#init;
    const { packetsSent: packetCount, bytesSent: octetCount } = this.#sent;
    const at = clock.now();
    const ntp = clock.ntp(at);
    const rtpTimestamp = this.#timestampAt(at);
    this.#remote.reportSent(ntp, at);
    packets.sendRtcp(senderReport({ ssrc, ntp, rtpTimestamp, packetCount, octetCount, cname }));
  }

  #timestampAt(milliseconds: number): number {
    const ticks = this.#init.clock.ticks(milliseconds, this.format.clockRate);
    return (this.#timestampBase + ticks) % TIMESTAMP_SPACE;
  }
}

interface FramePacketInit {
  payload: Uint8Array;
  bytes: number;
  timestamp: number;
  isLast: boolean;
  isKey: boolean;
}

/** A packet of a frame: on its way through the pacer, and after that in the memory of what was sent. */
class FramePacket implements PacedPacket, PacketFields, SentPacket {
  readonly kind = "video";
  readonly padding = false;
  readonly payload: Uint8Array;
  readonly bytes: number;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly isLast: boolean;
  readonly isKey: boolean;
  sequenceNumber = 0;
  sentAt = 0;
  repeatedAt = Number.NEGATIVE_INFINITY;
  readonly #sender: MediaSender;

  constructor(sender: MediaSender, { payload, bytes, timestamp, isLast, isKey }: FramePacketInit) {
    this.#sender = sender;
    this.payload = payload;
    this.bytes = bytes;
    this.timestamp = timestamp;
    this.isLast = isLast;
    this.isKey = isKey;
    // For audio the marker would announce the end of a silence (RFC 3551, 4.1).
    this.marker = isLast && sender.format.kind === "video";
  }

  send(): void {
    this.#sender.transmit(this);
  }

  dropped(): void {
    if (this.isLast) this.#sender.frameDropped();
  }
}
