import { Socket } from "node:dgram";

import { read } from "../srtp/shape.ts";

/** The parts of werift's ICE agent that say where packets go. */
export interface IcePath {
  readonly nominated?: CandidatePairLike | undefined;
  send(data: Buffer): Promise<void>;
}

interface CandidatePairLike {
  readonly protocol: unknown;
  readonly remoteAddr: readonly [host: string, port: number];
  packetsSent: number;
  bytesSent: number;
}

/** A direct way out, as long as this pair is the chosen one. */
interface Direct {
  socket: Socket;
  transport: unknown;
  host: string;
  port: number;
}

/**
 * Sends datagrams to the far end. Where ICE chose a plain UDP pair, straight to its socket: werift's
 * own way there takes three promises for each packet. Anything else (a relay, TCP, a werift that looks
 * different) goes through werift.
 */
export class DatagramPath {
  readonly #ice: IcePath;
  /** Whether the far end still wants to hear from us (RFC 7675); absent when werift does not say. */
  readonly #maySend: (() => boolean) | undefined;
  #direct: Direct | undefined;
  /** The pair that has been looked at. */
  #seen: CandidatePairLike | undefined;

  constructor(ice: IcePath) {
    this.#ice = ice;
    const check: unknown = read(ice, "canSendApplicationData");
    if (typeof check === "function") {
      this.#maySend = () => Reflect.apply(check, ice, []) === true;
    }
  }

  /** @returns whether the datagram has been handed on */
  send(pieces: Buffer[], bytes: number): boolean {
    const pair = this.#ice.nominated;
    if (pair === undefined || this.#maySend?.() === false) return false;
    if (pair !== this.#seen) {
      this.#seen = pair;
      this.#direct = this.#maySend === undefined ? undefined : directTo(pair);
    }
    if (this.#direct === undefined) {
      // werift asks for consent, and counts, by itself.
      this.#ice.send(Buffer.concat(pieces, bytes)).catch(() => {});
      return true;
    }
    const { socket, transport, host, port } = this.#direct;
    if (read(transport, "closed") === true) return false;
    try {
      socket.send(pieces, port, host);
    } catch {
      return false;
    }
    pair.packetsSent += 1;
    pair.bytesSent += bytes;
    return true;
  }
}

function directTo({ protocol, remoteAddr: [host, port] }: CandidatePairLike): Direct | undefined {
  const transport = read(protocol, "transport");
  const socket = read(transport, "socket");
  if (read(protocol, "type") !== "stun" || read(transport, "type") !== "udp") return undefined;
  return socket instanceof Socket ? { socket, transport, host, port } : undefined;
}
