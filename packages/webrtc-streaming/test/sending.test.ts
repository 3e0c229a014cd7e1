import { noopLogger, type Logger } from "@ipfs-kit/core";
import {
  GenericNack,
  PictureLossIndication,
  RTCDtlsTransport,
  RtcpPayloadSpecificFeedback,
  RtcpTransportLayerFeedback,
  type RtpPacket,
} from "werift";
import { afterEach, describe, expect, it, vi } from "vitest";

import { connectionStats } from "../src/sender/connection-stats.ts";
import { MediaSender } from "../src/sender/media-sender.ts";
import { Pacer } from "../src/sender/pacer.ts";
import { PacketSender } from "../src/sender/packet-sender.ts";
import { SessionClock } from "../src/sender/session-clock.ts";
import { PeerTransport } from "../src/session/peer-transport.ts";
import { dispatchRtcp } from "../src/session/rtcp-dispatch.ts";
import { rtpFormatOf } from "../src/source/rtp-format.ts";
import { connectPair, VP8 } from "./connected-pair.ts";

const TRANSPORT_SEQUENCE =
  "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
const FRAME = { data: new Uint8Array(5_000).fill(7), timestamp: 0, duration: 0, keyFrame: true };

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(open.splice(0).map(async (end) => end.close()));
});

async function connect(logger?: Logger) {
  const pair = await connectPair(logger);
  open.push(pair);
  return pair;
}

/** What the session makes of a connected transport. */
function sendOver(transport: PeerTransport) {
  const clock = new SessionClock();
  const pacer = new Pacer();
  const packets = new PacketSender(transport, clock);
  const sent: number[] = [];
  packets.onSent = (sequence) => void sent.push(sequence);
  const [track] = transport.acceptedTracks();
  if (track === undefined) throw new Error("The viewer took no track.");
  const sender = new MediaSender({ ...track, cname: "test", clock, pacer, packets });
  const heard: string[] = [];
  const feedback: Uint8Array[] = [];
  transport.onRtcp = (compound) =>
    dispatchRtcp(compound, [sender], {
      onKeyFrameRequest: () => void heard.push("key frame"),
      onFeedback: (packet) => void feedback.push(Uint8Array.from(packet)),
    });
  const stats = () =>
    connectionStats({
      senders: [sender],
      packets,
      pacer,
      transport,
      video: { width: 640, height: 360 },
      firstFrameSentMs: undefined,
      positionSeconds: undefined,
      durationSeconds: undefined,
    });
  return { clock, pacer, sender, track, sent, heard, feedback, stats };
}

describe("a connection", () => {
  it("brings every packet to the viewer, repeats and padding too, numbered without a gap", async () => {
    const { transport, viewer } = await connect();
    const { clock, pacer, sender, track, sent, feedback, stats } = sendOver(transport);
    const arrived: RtpPacket[] = [];
    viewer.dtlsTransports[0]?.onRtp.subscribe((packet) => void arrived.push(packet));
    expect(track.rtx).toBeDefined();
    expect(track.extensions.transportSequence).toBeDefined();

    for (let frame = 0; frame < 4; frame += 1) sender.sendFrame(FRAME, clock.now());
    await expect.poll(() => arrived.length).toBe(20);
    const lost = arrived.slice(3, 6).map(({ header }) => header.sequenceNumber);
    const nack = new GenericNack({ senderSsrc: 1, mediaSourceSsrc: sender.ssrc, lost });
    await viewer.dtlsTransports[0]?.sendRtcp([new RtcpTransportLayerFeedback({ feedback: nack })]);
    await expect.poll(() => arrived.length).toBe(23);
    sender.createPadding()?.send();
    await expect.poll(() => arrived.length).toBe(sent.length);

    const numbers = arrived.map(({ header }) =>
      header.extensions
        .find(({ id }) => id === track.extensions.transportSequence)
        ?.payload.readUInt16BE(0),
    );
    expect(numbers).toEqual(arrived.map((_, index) => index));
    const repeats = arrived.filter(({ header }) => header.ssrc === track.rtx?.ssrc).slice(0, 3);
    expect(repeats.map(({ payload }) => payload.readUInt16BE(0))).toEqual(lost);

    // The viewer's own count of what arrived comes back as the bytes of its feedback.
    await expect.poll(() => feedback.length, { timeout: 5_000 }).toBeGreaterThan(0);
    expect(feedback[0]?.subarray(0, 2)).toEqual(Uint8Array.of(0x8f, 205));
    expect(stats()).toMatchObject({
      codec: "VP8",
      frames_sent: 4,
      key_frames_sent: 4,
      frame_width: 640,
      frame_height: 360,
      packets_sent: 23,
      nack_count: 1,
      retransmitted_packets: 3,
      relayed: false,
      candidate_pair: { local: { protocol: "udp" }, remote: { protocol: "udp" } },
    });
    expect(stats().ice_gathering_time_ms).toBeGreaterThanOrEqual(0);
    expect(stats().ice_connection_time_ms).toBeGreaterThan(0);
    expect(stats().dtls_time_ms).toBeGreaterThan(0);
    pacer.close();
  });

  it("works all the same with a werift that is not as expected, and says so", async () => {
    const { startSrtp } = Object.getOwnPropertyDescriptors(RTCDtlsTransport.prototype);
    const changed = vi.spyOn(RTCDtlsTransport.prototype, "startSrtp");
    changed.mockImplementation(function startDifferently(this: RTCDtlsTransport) {
      startSrtp.value?.call(this);
      Reflect.deleteProperty(this.srtp.localContext, "srtpSessionAuthTag");
    });
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    const { transport, viewer } = await connect({ ...noopLogger, warn });
    const { clock, pacer, sender } = sendOver(transport);
    const arrived: RtpPacket[] = [];
    viewer.dtlsTransports[0]?.onRtp.subscribe((packet) => void arrived.push(packet));
    sender.sendFrame(FRAME, clock.now());
    sender.createPadding()?.send();
    await expect.poll(() => arrived.length).toBe(6);
    expect(arrived.map(({ header }) => header.extensions.length)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(warnings).toHaveLength(1);
    pacer.close();
  });

  it("hears that the picture is lost", async () => {
    const { transport, viewer } = await connect();
    const { sender, heard, pacer } = sendOver(transport);
    const feedback = new PictureLossIndication({ senderSsrc: 1, mediaSsrc: sender.ssrc });
    await viewer.dtlsTransports[0]?.sendRtcp([new RtcpPayloadSpecificFeedback({ feedback })]);
    await expect.poll(() => heard).toEqual(["key frame"]);
    expect(sender.stats.pliCount).toBe(1);
    pacer.close();
  });

  it("offers the numbers of the transport under one id in all its tracks", async () => {
    const audio = rtpFormatOf({ kind: "audio", codec: "opus", channels: 2, sampleRate: 48_000 });
    const transport = await PeerTransport.create([VP8, audio], undefined, noopLogger);
    open.push(transport);
    const ids = transport.offer
      .split("\r\n")
      .filter((line) => line.startsWith("a=extmap:") && line.endsWith(TRANSPORT_SEQUENCE));
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
    const all = transport.offer.split("\r\n").filter((line) => line.startsWith("a=extmap:"));
    const byId = new Map(all.map((line) => line.split(" ")).map(([id, uri]) => [id, uri]));
    expect(new Set(all).size).toBe(byId.size);
  });
});
