import { delay, IpfsKitError, type ErrorCode, type Logger } from "@ipfs-kit/core";
import {
  MediaStream,
  MediaStreamTrack,
  RTCPeerConnection,
  RtpHeader,
  type RTCDtlsTransport,
  type RTCRtpTransceiver,
} from "werift";

import { GATHER_TIMEOUT_MS } from "../defaults.ts";
import type { MediaTransport } from "../sender/packet-sender.ts";
import type { HeaderExtensionIds } from "../sender/rtp-stream.ts";
import type { RtpFormat } from "../source/rtp-format.ts";
import { speedUp } from "../srtp/speed-up.ts";
import type { SrtpWriter } from "../srtp/srtp-writer.ts";
import { sendCloseNotify } from "./close-notify.ts";
import { connectionOptions, extensionIds } from "./connection-options.ts";
import { DatagramPath } from "./datagram-path.ts";
import { watchAlerts } from "./dtls-alerts.ts";
import type { Candidate } from "./session.ts";
import { installSourceFilter, type SourceFilter } from "./source-filter.ts";

export type OfferedFormat = RtpFormat;

/** A track the viewer takes, with the numbers it is sent under. */
export interface AcceptedTrack {
  format: RtpFormat;
  ssrc: number;
  payloadType: number;
  rtx?: { ssrc: number; payloadType: number };
  extensions: HeaderExtensionIds;
}

/** One end of the pair of addresses that ICE chose. */
export interface PathEnd {
  /** `host`, `srflx`, `prflx` or `relay`. */
  type: string;
  address: string;
  port: number;
  protocol: string;
}

export interface TransportTimes {
  /** From the applying of the offer until all local candidates were known. */
  gatheringMs?: number | undefined;
  /** From the session's beginning until a candidate pair worked. */
  iceConnectedMs?: number | undefined;
  /** How long the DTLS handshake took after that. */
  dtlsMs?: number | undefined;
}

/** What werift's tag adds, with either profile at most. */
const SLOW_OVERHEAD_BYTES = 16;
/** What werift is given to read in place of what has been read here. */
const NOTHING = Buffer.alloc(0);

/**
 * One werift peer connection: ICE, DTLS and SRTP for all tracks of a session on one socket per
 * address. Everything that leans on werift's shape is in this folder.
 */
export class PeerTransport implements MediaTransport {
  readonly offer: string;
  readonly tracks: readonly { mid: string; format: RtpFormat }[];
  onConnected: () => void = () => {};
  /** The viewer has said goodbye. */
  onLeft: () => void = () => {};
  /** The connection can carry nothing any more, and nobody meant it to. */
  onDead: (code: ErrorCode, message: string) => void = () => {};
  /** Decrypted RTCP, as it arrived. */
  onRtcp: (compound: Uint8Array) => void = () => {};
  readonly #connection: RTCPeerConnection;
  readonly #transceivers: readonly { transceiver: RTCRtpTransceiver; format: RtpFormat }[];
  readonly #dtls: RTCDtlsTransport;
  readonly #filter: SourceFilter;
  readonly #logger: Logger;
  readonly #path: DatagramPath;
  readonly #createdAt = performance.now();
  readonly #times: TransportTimes = {};
  #gathering: Promise<unknown> = Promise.resolve();
  /** Absent before DTLS is up, and when werift has to encrypt. */
  #writer: SrtpWriter | undefined;

  private constructor(
    connection: RTCPeerConnection,
    transceivers: readonly { transceiver: RTCRtpTransceiver; format: RtpFormat }[],
    dtls: RTCDtlsTransport,
    filter: SourceFilter,
    offer: string,
    logger: Logger,
  ) {
    this.#filter = filter;
    this.#logger = logger;
    this.#path = new DatagramPath(dtls.iceTransport.connection);
    this.#connection = connection;
    this.#transceivers = transceivers;
    this.#dtls = dtls;
    this.offer = offer;
    this.tracks = transceivers.map(({ transceiver, format }, index) => ({
      mid: transceiver.mid ?? String(index),
      format,
    }));
    this.#watch();
  }

  /** @param hostAddresses the only local addresses to use; all interfaces when absent */
  static async create(
    formats: readonly RtpFormat[],
    hostAddresses: readonly string[] | undefined,
    logger: Logger,
  ): Promise<PeerTransport> {
    const connection = new RTCPeerConnection(connectionOptions(formats, hostAddresses));
    try {
      // One stream for all tracks: browsers keep the tracks of a stream in step.
      const stream = new MediaStream();
      const transceivers = formats.map((format) => ({
        format,
        transceiver: connection.addTransceiver(new MediaStreamTrack({ kind: format.kind }), {
          direction: "sendonly",
          streams: [stream],
        }),
      }));
      const { sdp } = await connection.createOffer();
      const [dtls] = connection.dtlsTransports;
      if (dtls === undefined) throw new TypeError("werift made an offer without a transport.");
      // Whatever the list above says, it would ask a public STUN server before it offers candidates.
      delete dtls.iceTransport.connection.stunServer;
      const filter = installSourceFilter(dtls.iceTransport.connection);
      return new PeerTransport(connection, transceivers, dtls, filter, sdp, logger);
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  get times(): Readonly<TransportTimes> {
    return this.#times;
  }

  /** The pair of addresses that packets take, as soon as there is one. */
  get path(): { local: PathEnd; remote: PathEnd } | undefined {
    const pair = this.#dtls.iceTransport.connection.nominated;
    return pair && { local: pathEnd(pair.localCandidate), remote: pathEnd(pair.remoteCandidate) };
  }

  #watch(): void {
    const age = () => performance.now() - this.#createdAt;
    this.#dtls.iceTransport.onStateChange.subscribe((state) => {
      if (state === "connected") this.#times.iceConnectedMs ??= age();
    });
    // Not the connection's own state: werift still calls a connection "connected" whose DTLS has died.
    this.#dtls.onStateChange.subscribe((state) => {
      if (state === "connecting") {
        // werift makes its DTLS socket in the turn in which it announces this state.
        setImmediate(() => this.#filter.dtlsListens());
      } else if (state === "connected") {
        this.#times.dtlsMs = age() - (this.#times.iceConnectedMs ?? 0);
        this.#writer = speedUp(this.#dtls, this.#logger);
        this.#readRtcp();
        this.#watchAlerts();
        this.onConnected();
      } else if (state === "closed") {
        this.onLeft();
      } else if (state === "failed") {
        this.onDead("connection_failed", "The DTLS handshake failed.");
      }
    });
    this.#connection.connectionStateChange.subscribe((state) => {
      if (state === "failed") this.onDead("connection_failed", "The viewer cannot be reached.");
    });
  }

  #watchAlerts(): void {
    const isWatched = watchAlerts(this.#dtls.dtls, {
      onCloseNotify: () => this.onLeft(),
      onFatal: (description) =>
        this.onDead("connection_failed", `The viewer's DTLS gave up: alert ${description}.`),
    });
    if (!isWatched) this.#logger.warn("The viewer's DTLS alerts cannot be read.");
  }

  /**
   * Takes the far end's RTCP where it has just been decrypted, and leaves nothing of it to werift,
   * which would read it at length for senders that send nothing.
   */
  #readRtcp(): void {
    const { srtcp } = this.#dtls;
    const decrypt = srtcp.decrypt.bind(srtcp);
    srtcp.decrypt = (datagram) => {
      this.onRtcp(decrypt(datagram));
      return NOTHING;
    };
  }

  /** Applies the offer, opens sockets and tells of each candidate. Resolves when all are known. */
  async gather(onCandidate: (candidate: Candidate) => void): Promise<void> {
    this.#connection.onIceCandidate.subscribe((candidate) => {
      if (candidate !== undefined) onCandidate(candidate.toJSON());
    });
    this.#gathering = this.#connection.setLocalDescription({ type: "offer", sdp: this.offer });
    const startedAt = performance.now();
    await this.#gathering;
    this.#times.gatheringMs = performance.now() - startedAt;
  }

  /** @throws IpfsKitError `negotiation_failed`, `no_common_codec` */
  async acceptAnswer(sdp: string): Promise<void> {
    if (!/^m=/m.test(sdp)) {
      throw new IpfsKitError("negotiation_failed", "The answer describes no media.");
    }
    try {
      await this.#connection.setRemoteDescription({ type: "answer", sdp });
    } catch (error) {
      throw new IpfsKitError("negotiation_failed", "The answer cannot be used.", { cause: error });
    }
    if (this.acceptedTracks().length === 0) {
      const codecs = this.#transceivers.map(({ format }) => format.name).join(" and ");
      throw new IpfsKitError("no_common_codec", `The viewer takes neither track (${codecs}).`);
    }
  }

  addCandidate({ candidate, sdpMid, sdpMLineIndex }: Candidate): void {
    this.#connection
      .addIceCandidate({
        candidate,
        sdpMid: sdpMid ?? null,
        sdpMLineIndex: sdpMLineIndex ?? (sdpMid === undefined || sdpMid === null ? 0 : null),
      })
      // A candidate that fits nothing is worth nothing; the others decide.
      .catch(() => {});
  }

  /** The tracks the viewer did not decline. */
  acceptedTracks(): AcceptedTrack[] {
    return this.#transceivers.flatMap(({ transceiver, format }) => {
      const { sender, codecs, stopped } = transceiver;
      const codec = codecs.find(({ name }) => name.toLowerCase() === format.name.toLowerCase());
      if (stopped || codec === undefined || transceiver.currentDirection !== "sendonly") return [];
      const rtx = codecs.find(
        ({ name, parameters }) =>
          name.toLowerCase() === "rtx" && parameters?.includes(`apt=${codec.payloadType}`),
      );
      return {
        format,
        ssrc: sender.ssrc,
        payloadType: codec.payloadType,
        ...(rtx && { rtx: { ssrc: sender.rtxSsrc, payloadType: rtx.payloadType } }),
        extensions: extensionIds(transceiver),
      };
    });
  }

  sendRtp(header: Buffer, payload: Uint8Array, index: number): number {
    if (this.#dtls.state !== "connected") return 0;
    if (this.#writer === undefined) return this.#sendSlowly(header, payload);
    const pieces = this.#writer.protect(header, payload, index);
    const bytes = header.length + payload.length + this.#writer.overheadBytes;
    if (!this.#path.send(pieces, bytes)) return 0;
    this.#dtls.packetsSent += 1;
    this.#dtls.bytesSent += bytes;
    return bytes;
  }

  /** Lets werift count the wraps, encrypt and send. */
  #sendSlowly(header: Buffer, payload: Uint8Array): number {
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    this.#dtls.sendRtp(bytes, RtpHeader.deSerialize(header)).catch(() => {});
    return header.length + payload.length + SLOW_OVERHEAD_BYTES;
  }

  sendRtcp(compound: Buffer): void {
    if (this.#dtls.state !== "connected") return;
    const datagram = this.#dtls.srtcp.encrypt(compound);
    if (!this.#path.send([datagram], datagram.length)) return;
    this.#dtls.packetsSent += 1;
    this.#dtls.bytesSent += datagram.length;
  }

  /** Tells the far end that this is the end. @returns whether there was someone to tell */
  async sayGoodbye(): Promise<boolean> {
    if (this.#dtls.state !== "connected" || this.#dtls.dtls === undefined) return false;
    await sendCloseNotify(this.#dtls.dtls);
    return true;
  }

  async close(): Promise<void> {
    this.onConnected = () => {};
    this.onLeft = () => {};
    this.onDead = () => {};
    this.onRtcp = () => {};
    // werift opens its sockets one by one; those opened after a close would belong to nobody.
    const opened = this.#gathering.catch(() => {});
    await Promise.race([opened, delay(GATHER_TIMEOUT_MS)]);
    await this.#connection.close();
  }
}

function pathEnd(candidate: {
  type: string;
  host: string;
  port: number;
  transport: string;
}): PathEnd {
  const { type, host, port, transport } = candidate;
  return { type, address: host, port, protocol: transport };
}
