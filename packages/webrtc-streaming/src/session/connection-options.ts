import { isIP } from "node:net";

import {
  RTCRtpCodecParameters,
  RTCRtpHeaderExtensionParameters,
  type PeerConfig,
  type RTCRtpTransceiver,
} from "werift";

import { EXTENSION_URIS, type HeaderExtensionIds } from "../sender/rtp-stream.ts";
import type { RtpFormat } from "../source/rtp-format.ts";

/** Packets are counted across the tracks; what arrives is reported to congestion control. */
const TRANSPORT_FEEDBACK = { type: "transport-cc" };
const VIDEO_FEEDBACK = [
  TRANSPORT_FEEDBACK,
  // Of use only to those who do not take the line above.
  { type: "goog-remb" },
  { type: "nack" },
  { type: "nack", parameter: "pli" },
  { type: "ccm", parameter: "fir" },
];

/**
 * How werift is set up for a connection that sends these formats.
 *
 * @param hostAddresses the only local addresses to use; all interfaces when absent
 * @throws TypeError for addresses werift cannot bind to
 */
export function connectionOptions(
  formats: readonly RtpFormat[],
  hostAddresses: readonly string[] | undefined,
): Partial<PeerConfig> {
  return {
    bundlePolicy: "max-bundle",
    // werift's default is a public STUN server; nothing is contacted unasked.
    iceServers: [],
    iceUseTcp: false,
    codecs: {
      video: formats.filter(({ kind }) => kind === "video").flatMap(codecParameters),
      audio: formats.filter(({ kind }) => kind === "audio").flatMap(codecParameters),
    },
    headerExtensions: headerExtensions(),
    ...addressOptions(hostAddresses),
  };
}

function codecParameters(format: RtpFormat): RTCRtpCodecParameters[] {
  const codec = new RTCRtpCodecParameters({
    mimeType: `${format.kind}/${format.name}`,
    clockRate: format.clockRate,
    ...(format.channels !== undefined && { channels: format.channels }),
    ...(format.parameters !== undefined && { parameters: format.parameters }),
    rtcpFeedback: format.kind === "video" ? VIDEO_FEEDBACK : [TRANSPORT_FEEDBACK],
  });
  if (format.kind === "audio") return [codec];
  return [codec, new RTCRtpCodecParameters({ mimeType: "video/rtx", clockRate: format.clockRate })];
}

/** werift numbers them in this order, the last number counts; one object is one number in all tracks. */
function headerExtensions() {
  const transportSequence = extension(EXTENSION_URIS.transportSequence);
  const absSendTime = extension(EXTENSION_URIS.absSendTime);
  return {
    audio: [transportSequence, absSendTime],
    video: [transportSequence, absSendTime, extension(EXTENSION_URIS.playoutDelay)],
  };
}

function extension(uri: string): RTCRtpHeaderExtensionParameters {
  return new RTCRtpHeaderExtensionParameters({ uri });
}

/** The ids that were agreed on. Two-byte extensions are not offered, so they are 14 at most. */
export function extensionIds({ headerExtensions: agreed }: RTCRtpTransceiver): HeaderExtensionIds {
  const idOf = (uri: string) => agreed.find((known) => known.uri === uri && known.id <= 14)?.id;
  return {
    transportSequence: idOf(EXTENSION_URIS.transportSequence),
    absSendTime: idOf(EXTENSION_URIS.absSendTime),
    playoutDelay: idOf(EXTENSION_URIS.playoutDelay),
  };
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
