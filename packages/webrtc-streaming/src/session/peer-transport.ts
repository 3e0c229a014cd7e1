import { AbortedError, delay, IpfsKitError, type ErrorCode } from "@ipfs-kit/core";
import { isIP } from "node:net";

import {
  MediaStream,
  MediaStreamTrack,
  RTCPeerConnection,
  RTCRtpCodecParameters,
  type RTCDtlsTransport,
  type RTCRtpTransceiver,
  type RtpHeader,
} from "werift";

import { GATHER_TIMEOUT_MS } from "../defaults.ts";
import type { MediaTransport } from "../sender/media-sender.ts";
import type { RtpFormat } from "../source/rtp-format.ts";
import { sendCloseNotify } from "./close-notify.ts";
import type { RtcpPacket } from "./rtcp-dispatch.ts";
import type { Candidate } from "./session.ts";
import { installSourceFilter, type SourceFilter } from "./source-filter.ts";

export type OfferedFormat = RtpFormat;

/** A track the viewer takes, with the numbers it is sent under. */
export interface AcceptedTrack {
  format: RtpFormat;
  ssrc: number;
  payloadType: number;
  rtx?: { ssrc: number; payloadType: number };
}

const VIDEO_FEEDBACK = [
  { type: "nack" },
  { type: "nack", parameter: "pli" },
  { type: "ccm", parameter: "fir" },
];

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
  onRtcp: (packet: RtcpPacket) => void = () => {};
  readonly #connection: RTCPeerConnection;
  readonly #transceivers: readonly { transceiver: RTCRtpTransceiver; format: RtpFormat }[];
  readonly #dtls: RTCDtlsTransport;
  readonly #filter: SourceFilter;
  readonly #createdAt = performance.now();
  #gathering: Promise<unknown> = Promise.resolve();
  #iceConnectedMs: number | undefined;
  #dtlsMs: number | undefined;

  private constructor(
    connection: RTCPeerConnection,
    transceivers: readonly { transceiver: RTCRtpTransceiver; format: RtpFormat }[],
    dtls: RTCDtlsTransport,
    filter: SourceFilter,
    offer: string,
  ) {
    this.#filter = filter;
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
  ): Promise<PeerTransport> {
    const connection = new RTCPeerConnection({
      bundlePolicy: "max-bundle",
      // werift's default is a public STUN server; nothing is contacted unasked.
      iceServers: [],
      iceUseTcp: false,
      codecs: {
        video: formats.filter(({ kind }) => kind === "video").flatMap(codecParameters),
        audio: formats.filter(({ kind }) => kind === "audio").flatMap(codecParameters),
      },
      headerExtensions: { video: [], audio: [] },
      ...addressOptions(hostAddresses),
    });
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
      const filter = installSourceFilter(dtls.iceTransport.connection);
      return new PeerTransport(connection, transceivers, dtls, filter, sdp);
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** From the session's beginning until a candidate pair worked, in milliseconds. */
  get iceConnectedMs(): number | undefined {
    return this.#iceConnectedMs;
  }

  /** How long the DTLS handshake took after that. */
  get dtlsMs(): number | undefined {
    return this.#dtlsMs;
  }

  #watch(): void {
    const age = () => performance.now() - this.#createdAt;
    this.#dtls.iceTransport.onStateChange.subscribe((state) => {
      if (state === "connected") this.#iceConnectedMs ??= age();
    });
    // Not the connection's own state: werift still calls a connection "connected" whose DTLS has died.
    this.#dtls.onStateChange.subscribe((state) => {
      if (state === "connecting") {
        // werift makes its DTLS socket in the turn in which it announces this state.
        setImmediate(() => this.#filter.dtlsListens());
      } else if (state === "connected") {
        this.#dtlsMs = age() - (this.#iceConnectedMs ?? 0);
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
    this.#dtls.onRtcp.subscribe((packet) => this.onRtcp(packet));
  }

  /** Applies the offer, opens sockets and tells of each candidate. Resolves when all are known. */
  async gather(onCandidate: (candidate: Candidate) => void): Promise<void> {
    this.#connection.onIceCandidate.subscribe((candidate) => {
      if (candidate !== undefined) onCandidate(candidate.toJSON());
    });
    this.#gathering = this.#connection.setLocalDescription({ type: "offer", sdp: this.offer });
    await this.#gathering;
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
      };
    });
  }

  async sendRtp(payload: Buffer, header: RtpHeader): Promise<unknown> {
    if (this.#dtls.state !== "connected") throw new AbortedError();
    return this.#dtls.sendRtp(payload, header);
  }

  async sendRtcp(packets: Parameters<MediaTransport["sendRtcp"]>[0]): Promise<unknown> {
    if (this.#dtls.state !== "connected") throw new AbortedError();
    return this.#dtls.sendRtcp(packets);
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

function codecParameters(format: RtpFormat): RTCRtpCodecParameters[] {
  const codec = new RTCRtpCodecParameters({
    mimeType: `${format.kind}/${format.name}`,
    clockRate: format.clockRate,
    ...(format.channels !== undefined && { channels: format.channels }),
    ...(format.parameters !== undefined && { parameters: format.parameters }),
    rtcpFeedback: format.kind === "video" ? VIDEO_FEEDBACK : [],
  });
  if (format.kind === "audio") return [codec];
  return [codec, new RTCRtpCodecParameters({ mimeType: "video/rtx", clockRate: format.clockRate })];
}

function addressOptions(hostAddresses: readonly string[] | undefined) {
  if (hostAddresses === undefined) return { iceAdditionalHostAddresses: ["127.0.0.1"] };
  const ipv4 = hostAddresses.filter((address) => isIP(address) === 4);
  const ipv6 = hostAddresses.filter((address) => isIP(address) === 6);
  if (hostAddresses.length === 0 || hostAddresses.length > ipv4.length + ipv6.length) {
    throw new TypeError("hostAddresses must be one IPv4 address, one IPv6 address, or both.");
  }
  const [udp4, secondIpv4] = ipv4;
  const [udp6, secondIpv6] = ipv6;
  if (secondIpv4 !== undefined || secondIpv6 !== undefined) {
    throw new TypeError("hostAddresses has two addresses of one family; werift binds to one.");
  }
  return {
    iceUseIpv4: false,
    iceUseIpv6: false,
    iceAdditionalHostAddresses: [...hostAddresses],
    // werift binds to every address of a family unless it is told one.
    iceInterfaceAddresses: {
      ...(udp4 !== undefined && { udp4 }),
      ...(udp6 !== undefined && { udp6 }),
    },
  };
}
