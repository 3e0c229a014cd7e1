import { randomInt } from "node:crypto";

import {
  RtcpSenderInfo,
  RtcpSourceDescriptionPacket,
  RtcpSrPacket,
  RtpHeader,
  SourceDescriptionChunk,
  SourceDescriptionItem,
  type RtcpReceiverInfo,
} from "werift";

import { RETRANSMISSION_BURST_BYTES } from "../defaults.ts";
import type { MediaPacket } from "../source/media-file.ts";
import type { RtpFormat } from "../source/rtp-format.ts";
import type { Pacer } from "./pacer.ts";
import { RetransmissionBuffer, type SentPacket } from "./retransmission-buffer.ts";
import type { SessionClock } from "./session-clock.ts";

/** Where packets go: the encrypting transport of the session. */
export interface MediaTransport {
  sendRtp(payload: Buffer, header: RtpHeader): Promise<unknown>;
  sendRtcp(packets: (RtcpSrPacket | RtcpSourceDescriptionPacket)[]): Promise<unknown>;
}

export interface MediaSenderInit {
  format: RtpFormat;
  ssrc: number;
  payloadType: number;
  /** Retransmissions (RFC 4588); absent when the far end does not take them. */
  rtx?: { ssrc: number; payloadType: number };
  /** The same for all tracks of a session: RTCP's name of the source. */
  cname: string;
  clock: SessionClock;
  pacer: Pacer;
  transport: MediaTransport;
}

/** What one track has sent, and what the far end said of it. Unknown values are absent. */
export interface SenderStats {
  framesSent: number;
  packetsSent: number;
  bytesSent: number;
  retransmittedPackets: number;
  nackCount: number;
  packetsLost?: number;
  rttMs?: number;
}

/** Size of a 16-bit sequence number space. */
const SEQUENCE_SPACE = 0x1_0000;
/** SDES item that names the source (RFC 3550, 6.5.1). */
const SDES_CNAME = 1;

/**
 * Sends one track: numbers and times its packets, answers requests for lost ones, reports to the far
 * end. The numbering lives as long as the sender: a pause or a seek leaves no hole in it.
 */
export class MediaSender {
  readonly format: RtpFormat;
  readonly #init: MediaSenderInit;
  readonly #packetize: (packet: MediaPacket) => Uint8Array[];
  readonly #sent = new RetransmissionBuffer();
  readonly #timestampBase = randomInt(2 ** 32);
  #sequenceNumber = randomInt(SEQUENCE_SPACE);
  #rtxSequenceNumber = randomInt(SEQUENCE_SPACE);
  /** Bytes that may still be sent again; every byte sent earns one. */
  #rtxBudget = RETRANSMISSION_BURST_BYTES;
  #lastReport: { compactNtp: number; at: number } | undefined;
  readonly #stats: SenderStats = {
    framesSent: 0,
    packetsSent: 0,
    bytesSent: 0,
    retransmittedPackets: 0,
    nackCount: 0,
  };

  constructor(init: MediaSenderInit) {
    this.#init = init;
    this.format = init.format;
    this.#packetize = init.format.createPacketizer();
  }

  get ssrc(): number {
    return this.#init.ssrc;
  }

  get stats(): Readonly<SenderStats> {
    return this.#stats;
  }

  /** Hands a video frame to the pacer, and sends audio at once. @param presentAt when it is due, in milliseconds of the session's clock */
  sendFrame(packet: MediaPacket, presentAt: number): void {
    const { clock, pacer } = this.#init;
    const timestamp =
      (this.#timestampBase + clock.ticks(presentAt, this.format.clockRate)) % 2 ** 32;
    const payloads = this.#packetize(packet);
    for (const [index, payload] of payloads.entries()) {
      const isLast = index === payloads.length - 1;
      // For audio the marker would announce the end of a silence (RFC 3551, 4.1).
      const marker = isLast && this.format.kind === "video";
      const send = () => this.#sendPacket(payload, timestamp, marker);
      // Audio is small and the first thing people miss: it does not queue behind key frames.
      if (this.format.kind === "audio") send();
      else pacer.push({ bytes: payload.length, send });
    }
    this.#stats.framesSent += 1;
  }

  #sendPacket(payload: Uint8Array, timestamp: number, marker: boolean): void {
    const sequenceNumber = this.#sequenceNumber;
    this.#sequenceNumber = (sequenceNumber + 1) % SEQUENCE_SPACE;
    if (this.#init.rtx !== undefined) {
      const sentAt = this.#init.clock.now();
      this.#sent.store({ sequenceNumber, timestamp, marker, payload, sentAt });
    }
    this.#stats.packetsSent += 1;
    this.#stats.bytesSent += payload.length;
    this.#rtxBudget = Math.min(RETRANSMISSION_BURST_BYTES, this.#rtxBudget + payload.length);
    const { ssrc, payloadType } = this.#init;
    this.#transmit(payload, { ssrc, payloadType, sequenceNumber, timestamp, marker });
  }

  #transmit(payload: Uint8Array, header: Partial<RtpHeader>): void {
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    // A datagram that cannot leave is a lost datagram; the far end asks again.
    this.#init.transport.sendRtp(bytes, new RtpHeader(header)).catch(() => {});
  }

  /** Sends lost packets again, as far as they are still worth it and the budget allows. */
  onNack(lost: readonly number[]): void {
    const { rtx, clock, pacer } = this.#init;
    this.#stats.nackCount += 1;
    if (rtx === undefined) return;
    const now = clock.now();
    for (const sequenceNumber of lost) {
      const packet = this.#sent.take(sequenceNumber, now);
      if (packet === undefined) continue;
      if (packet.payload.length > this.#rtxBudget) return;
      this.#rtxBudget -= packet.payload.length;
      const send = () => this.#retransmit(packet, rtx);
      pacer.push({ bytes: packet.payload.length, send }, { first: true });
    }
  }

  #retransmit(
    { sequenceNumber, timestamp, marker, payload }: SentPacket,
    { ssrc, payloadType }: NonNullable<MediaSenderInit["rtx"]>,
  ): void {
    // RFC 4588: the original sequence number, then the original payload, in a stream of its own.
    const wrapped = Buffer.allocUnsafe(2 + payload.length);
    wrapped.writeUInt16BE(sequenceNumber, 0);
    wrapped.set(payload, 2);
    this.#stats.retransmittedPackets += 1;
    this.#transmit(wrapped, {
      ssrc,
      payloadType,
      sequenceNumber: this.#rtxSequenceNumber,
      timestamp,
      marker,
    });
    this.#rtxSequenceNumber = (this.#rtxSequenceNumber + 1) % SEQUENCE_SPACE;
  }

  /** Takes in what the far end reports of this track (RFC 3550, 6.4.2). */
  onReceiverReport({ packetsLost, lsr, dlsr }: RtcpReceiverInfo): void {
    this.#stats.packetsLost = packetsLost;
    if (this.#lastReport?.compactNtp !== lsr) return;
    const elapsed = this.#init.clock.now() - this.#lastReport.at;
    this.#stats.rttMs = Math.max(0, elapsed - (dlsr / 2 ** 16) * 1_000);
  }

  /** Tells the far end which NTP time this track's RTP time is: what lip sync is made from. */
  async sendReport(): Promise<void> {
    const { clock, ssrc, cname, transport } = this.#init;
    const at = clock.now();
    const ntpTimestamp = clock.ntp(at);
    this.#lastReport = { compactNtp: Number((ntpTimestamp >> 16n) & 0xffff_ffffn), at };
    await transport.sendRtcp([
      new RtcpSrPacket({
        ssrc,
        senderInfo: new RtcpSenderInfo({
          ntpTimestamp,
          rtpTimestamp: (this.#timestampBase + clock.ticks(at, this.format.clockRate)) % 2 ** 32,
          packetCount: this.#stats.packetsSent % 2 ** 32,
          octetCount: this.#stats.bytesSent % 2 ** 32,
        }),
      }),
      new RtcpSourceDescriptionPacket({
        chunks: [
          new SourceDescriptionChunk({
            source: ssrc,
            items: [new SourceDescriptionItem({ type: SDES_CNAME, text: cname })],
          }),
        ],
      }),
    ]);
  }
}
