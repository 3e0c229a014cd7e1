import { RateMeter } from "./rate-meter.ts";
import type { PacketFields, RtpStream } from "./rtp-stream.ts";
import type { SessionClock } from "./session-clock.ts";

/** Where packets go: the encrypting transport of the session. */
export interface MediaTransport {
  /**
   * Encrypts and sends. A packet that cannot leave is a lost packet: the far end asks again.
   *
   * @param index the sequence number, not wrapped
   * @returns the bytes of the datagram, or 0 when it did not leave
   */
  sendRtp(header: Buffer, payload: Uint8Array, index: number): number;
  /** @param compound as bytes, not encrypted */
  sendRtcp(compound: Buffer): void;
}

/**
 * Told of each packet with a transport-wide number, as it leaves.
 *
 * @param sequence counts up by one with each packet of the transport, from 0, repeats and padding
 * included; its lower 16 bits are what the far end's feedback names
 * @param bytes on the wire, with all headers
 * @param now milliseconds of the session's clock
 */
export type SentListener = (sequence: number, bytes: number, now: number) => void;

/**
 * All packets of one connection pass through here, whatever their track: they share the numbers that
 * congestion control goes by.
 */
export class PacketSender {
  onSent: SentListener | undefined;
  readonly #transport: MediaTransport;
  readonly #clock: Pick<SessionClock, "now">;
  readonly #rate = new RateMeter();
  #sequence = 0;

  constructor(transport: MediaTransport, clock: Pick<SessionClock, "now">) {
    this.#transport = transport;
    this.#clock = clock;
  }

  /** What has left in the last seconds, in bits per second; all of it, with headers. */
  bitrate(): number | undefined {
    const bytesPerSecond = this.#rate.perSecond(this.#clock.now());
    return bytesPerSecond === undefined ? undefined : bytesPerSecond * 8;
  }

  /**
   * @param now milliseconds of the session's clock
   * @returns the bytes of the datagram, or 0 when it did not leave
   */
  send(stream: RtpStream, fields: PacketFields, payload: Uint8Array, now: number): number {
    const sequence = this.#sequence;
    const index = stream.nextIndex;
    const header = stream.header(fields, sequence, now);
    if (stream.isCounted) {
      // Whether it gets out or not: congestion control counts along, and takes the rest for lost.
      this.#sequence += 1;
      this.onSent?.(sequence, stream.wireBytes(payload.length), now);
    }
    const bytes = this.#transport.sendRtp(header, payload, index);
    if (bytes > 0) this.#rate.add(bytes, now);
    return bytes;
  }

  sendRtcp(compound: Buffer): void {
    this.#transport.sendRtcp(compound);
  }
}
