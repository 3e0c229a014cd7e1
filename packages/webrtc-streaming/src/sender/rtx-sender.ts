import { PADDING_PACKET_BYTES, RETRANSMISSION_BURST_BYTES } from "../defaults.ts";
import type { PacketSender } from "./packet-sender.ts";
import type { PacedPacket, Pacer } from "./pacer.ts";
import { RetransmissionBuffer, type SentPacket } from "./retransmission-buffer.ts";
import { RtpStream, type PacketFields, type RtpStreamInit } from "./rtp-stream.ts";
import type { SessionClock } from "./session-clock.ts";

export interface RtxSenderInit {
  stream: RtpStreamInit;
  clock: Pick<SessionClock, "now">;
  pacer: Pick<Pacer, "push">;
  packets: PacketSender;
}

/** What has been sent beyond the media itself. */
export interface RtxStats {
  retransmittedPackets: number;
  /** Payload, without the two bytes each repeat carries in front. */
  retransmittedBytes: number;
  paddingPackets: number;
  /** Datagrams, without IP and UDP headers. */
  paddingBytes: number;
}

/** The original sequence number in front of each repeat. */
const NUMBER_BYTES = 2;

/**
 * The second stream of a track: repeats of what was lost (RFC 4588), and what is sent only to see
 * whether the line takes it. It has a number space of its own.
 */
export class RtxSender {
  readonly #init: RtxSenderInit;
  readonly #stream: RtpStream;
  readonly #sent = new RetransmissionBuffer();
  /** Bytes that may still be sent again; every byte sent earns one. */
  #budget = RETRANSMISSION_BURST_BYTES;
  #timestamp = 0;
  readonly #stats: RtxStats = {
    retransmittedPackets: 0,
    retransmittedBytes: 0,
    paddingPackets: 0,
    paddingBytes: 0,
  };

  constructor(init: RtxSenderInit) {
    this.#init = init;
    this.#stream = new RtpStream(init.stream);
  }

  get stats(): Readonly<RtxStats> {
    return this.#stats;
  }

  /** Keeps a packet that has just been sent. @param index its sequence number, not wrapped */
  remember(index: number, packet: SentPacket): void {
    this.#timestamp = packet.timestamp;
    this.#sent.store(index, packet);
    this.#budget = Math.min(RETRANSMISSION_BURST_BYTES, this.#budget + packet.payload.length);
  }

  /** Sends lost packets again, as far as they are still worth it and the budget allows. */
  repeat(lost: Iterable<number>, rttMs: number | undefined): void {
    const { clock, pacer } = this.#init;
    const now = clock.now();
    for (const sequenceNumber of lost) {
      const packet = this.#sent.take(sequenceNumber, now, rttMs);
      if (packet === undefined) continue;
      const bytes = packet.payload.length;
      if (bytes > this.#budget) return;
      this.#budget -= bytes;
      const send = () => {
        this.#stats.retransmittedPackets += 1;
        this.#stats.retransmittedBytes += bytes;
        this.#sendRepeat(packet);
      };
      pacer.push([{ kind: "repeat", bytes: this.#stream.wireBytes(NUMBER_BYTES + bytes), send }]);
    }
  }

  /**
   * A packet that carries nothing new, to see whether the line takes more than the media needs: the
   * one sent last once more, which makes up for a loss nobody has noticed yet; without one, padding.
   */
  createPadding(): PacedPacket {
    const latest = this.#sent.latest(this.#init.clock.now());
    const payloadBytes =
      latest === undefined ? PADDING_PACKET_BYTES : NUMBER_BYTES + latest.payload.length;
    const send = () => {
      this.#stats.paddingPackets += 1;
      this.#stats.paddingBytes +=
        latest === undefined ? this.#sendPadding() : this.#sendRepeat(latest);
    };
    return { kind: "repeat", bytes: this.#stream.wireBytes(payloadBytes), send };
  }

  /** RFC 4588: the original sequence number, then the original payload. */
  #sendRepeat({ sequenceNumber, timestamp, marker, payload }: SentPacket): number {
    const wrapped = Buffer.allocUnsafe(NUMBER_BYTES + payload.length);
    wrapped.writeUInt16BE(sequenceNumber, 0);
    wrapped.set(payload, NUMBER_BYTES);
    return this.#send({ timestamp, marker, padding: false }, wrapped);
  }

  #sendPadding(): number {
    const padding = Buffer.alloc(PADDING_PACKET_BYTES);
    padding[PADDING_PACKET_BYTES - 1] = PADDING_PACKET_BYTES;
    return this.#send({ timestamp: this.#timestamp, marker: false, padding: true }, padding);
  }

  #send(fields: PacketFields, payload: Uint8Array): number {
    const { packets, clock } = this.#init;
    return packets.send(this.#stream, fields, payload, clock.now());
  }
}
