import { RtcpPacketConverter, RtpHeader } from "werift";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { RETRANSMISSION_BURST_BYTES } from "../src/defaults.ts";
import { MediaSender } from "../src/sender/media-sender.ts";
import { PacketSender } from "../src/sender/packet-sender.ts";
import { Pacer } from "../src/sender/pacer.ts";
import { SessionClock } from "../src/sender/session-clock.ts";

const PAYLOAD = 1_000;
const MEDIA = { ssrc: 1, payloadType: 96 };
const RTX = { ssrc: 2, payloadType: 97 };

/** A video sender whose frames are cut into payloads of 1 kB, and all it puts on the wire. */
function senderOf() {
  const wire: { header: RtpHeader; payload: Buffer }[] = [];
  const clock = new SessionClock();
  const pacer = new Pacer();
  const reports: Buffer[] = [];
  const sent: { sequence: number; bytes: number }[] = [];
  const packets = new PacketSender(
    {
      sendRtp: (header, payload) => {
        wire.push({ header: RtpHeader.deSerialize(header), payload: Buffer.from(payload) });
        return header.length + payload.length;
      },
      sendRtcp: (compound) => void reports.push(compound),
    },
    clock,
  );
  packets.onSent = (sequence, bytes) => void sent.push({ sequence, bytes });
  const sender = new MediaSender({
    format: {
      kind: "video",
      name: "VP8",
      clockRate: 90_000,
      createPacketizer:
        () =>
        ({ data }) =>
          Array.from({ length: Math.ceil(data.length / PAYLOAD) }, (_, index) =>
            data.subarray(index * PAYLOAD, (index + 1) * PAYLOAD),
          ),
    },
    ...MEDIA,
    rtx: RTX,
    cname: "test",
    clock,
    pacer,
    packets,
    extensions: { transportSequence: 3 },
  });
  const send = (bytes: number) =>
    sender.sendFrame(
      { data: new Uint8Array(bytes), timestamp: 0, duration: 0, keyFrame: true },
      clock.now(),
    );
  const of = (ssrc: number) => wire.filter(({ header }) => header.ssrc === ssrc);
  return { sender, send, of, pacer, wire, sent, reports, clock };
}

beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => vi.useRealTimers());

describe("a frame", () => {
  it("leaves as consecutive packets of one time, the last one marked", async () => {
    const { send, of, pacer } = senderOf();
    send(3_500);
    await vi.advanceTimersByTimeAsync(50);
    const headers = of(MEDIA.ssrc).map(({ header }) => header);
    const [first] = headers;
    expect(headers.map(({ sequenceNumber }) => sequenceNumber)).toEqual(
      [0, 1, 2, 3].map((step) => ((first?.sequenceNumber ?? 0) + step) % 0x1_0000),
    );
    expect(new Set(headers.map(({ timestamp }) => timestamp)).size).toBe(1);
    expect(headers.map(({ marker }) => marker)).toEqual([false, false, false, true]);
    pacer.close();
  });
});

describe("a lost packet", () => {
  it("is sent again in the stream of repeats, with its own number in front", async () => {
    const { sender, send, of, pacer } = senderOf();
    send(2_000);
    await vi.advanceTimersByTimeAsync(50);
    const [, lost] = of(MEDIA.ssrc);
    sender.onNack([lost?.header.sequenceNumber ?? 0]);
    await vi.advanceTimersByTimeAsync(50);
    const [repeat] = of(RTX.ssrc);
    expect(repeat?.header.payloadType).toBe(RTX.payloadType);
    expect(repeat?.header.timestamp).toBe(lost?.header.timestamp);
    expect(repeat?.payload.readUInt16BE(0)).toBe(lost?.header.sequenceNumber);
    expect(repeat?.payload.subarray(2)).toEqual(lost?.payload);
    pacer.close();
  });

  it("does not let a viewer draw more repeats than there is media", async () => {
    const { sender, send, of, pacer } = senderOf();
    send(400_000);
    await vi.advanceTimersByTimeAsync(500);
    const numbers = of(MEDIA.ssrc).map(({ header }) => header.sequenceNumber);
    for (let round = 0; round < 20; round += 1) {
      sender.onNack(numbers);
      await vi.advanceTimersByTimeAsync(25);
    }
    const repeated = of(RTX.ssrc).reduce((bytes, { payload }) => bytes + payload.length - 2, 0);
    expect(repeated).toBeGreaterThan(0);
    expect(repeated).toBeLessThanOrEqual(RETRANSMISSION_BURST_BYTES);
    pacer.close();
  });
});

/** The number a packet has in the transport, as it is on the wire. */
function transportSequence({ header }: { header: RtpHeader }): number | undefined {
  return header.extensions.find(({ id }) => id === 3)?.payload.readUInt16BE(0);
}

describe("packets of all kinds", () => {
  it("share one row of numbers in the transport, and each is told of", async () => {
    const { sender, send, of, pacer, wire, sent } = senderOf();
    send(4_000);
    await vi.advanceTimersByTimeAsync(50);
    sender.onNack(of(MEDIA.ssrc).map(({ header }) => header.sequenceNumber));
    await vi.advanceTimersByTimeAsync(50);
    for (let round = 0; round < 3; round += 1) sender.createPadding()?.send();
    expect(of(RTX.ssrc).length).toBeGreaterThan(4);
    expect(wire.map(transportSequence)).toEqual(wire.map((_, index) => index));
    expect(sent.map(({ sequence }) => sequence)).toEqual(wire.map((_, index) => index));
    // SRTP tag, UDP and IPv4.
    const onWire = wire.map(({ header, payload }) => header.serializeSize + payload.length + 44);
    expect(sent.map(({ bytes }) => bytes)).toEqual(onWire);
    const repeats = of(RTX.ssrc).map(({ header }) => header.sequenceNumber);
    expect(repeats).toEqual(repeats.map((_, index) => (repeats[0] ?? 0) + index));
    pacer.close();
  });

  it("are counted apart", async () => {
    const { sender, send, of, pacer } = senderOf();
    send(2_500);
    send(500);
    await vi.advanceTimersByTimeAsync(50);
    sender.onNack([of(MEDIA.ssrc)[2]?.header.sequenceNumber ?? 0]);
    sender.onPictureLoss();
    expect(sender.onFullIntraRequest(4)).toBe(true);
    expect(sender.onFullIntraRequest(4)).toBe(false);
    await vi.advanceTimersByTimeAsync(50);
    expect(sender.stats).toMatchObject({
      framesSent: 2,
      keyFramesSent: 2,
      framesDropped: 0,
      packetsSent: 4,
      bytesSent: 3_000,
      retransmittedPackets: 1,
      retransmittedBytes: 500,
      paddingPackets: 0,
      nackCount: 1,
      pliCount: 1,
      firCount: 1,
    });
    pacer.close();
  });

  it("that a seek forgets are frames dropped, not sent", async () => {
    const { sender, send, pacer } = senderOf();
    send(400_000);
    await vi.advanceTimersByTimeAsync(20);
    pacer.clear();
    expect(sender.stats).toMatchObject({ framesSent: 0, framesDropped: 1 });
    pacer.close();
  });
});

describe("a report", () => {
  it("says which NTP time the track's time is, and counts the media alone", async () => {
    const { sender, send, of, pacer, reports, clock } = senderOf();
    send(2_500);
    await vi.advanceTimersByTimeAsync(50);
    sender.onNack(of(MEDIA.ssrc).map(({ header }) => header.sequenceNumber));
    await vi.advanceTimersByTimeAsync(450);
    const at = clock.now();
    sender.sendReport();
    const [report, description] = RtcpPacketConverter.deSerialize(reports[0] ?? Buffer.alloc(0));
    // The frame was due half a second before the report, on both clocks.
    const { timestamp = 0 } = of(MEDIA.ssrc)[0]?.header ?? {};
    expect(report).toMatchObject({
      ssrc: MEDIA.ssrc,
      senderInfo: {
        ntpTimestamp: clock.ntp(at),
        rtpTimestamp: (timestamp + 45_000) % 2 ** 32,
        packetCount: 3,
        octetCount: 2_500,
      },
    });
    expect(description).toMatchObject({
      chunks: [{ source: MEDIA.ssrc, items: [{ type: 1, text: "test" }] }],
    });
    pacer.close();
  });
});

describe("padding", () => {
  it("is empty where nothing has been sent", () => {
    const { sender, of, pacer } = senderOf();
    sender.createPadding()?.send();
    const [padding] = of(RTX.ssrc);
    expect(padding?.header.padding).toBe(true);
    expect(padding?.payload.at(-1)).toBe(padding?.payload.length);
    pacer.close();
  });

  it("repeats the latest packet, and is no repeat in the numbers: nobody asked for it", async () => {
    const { sender, send, of, pacer } = senderOf();
    send(2_000);
    await vi.advanceTimersByTimeAsync(50);
    const latest = of(MEDIA.ssrc).at(-1);
    sender.createPadding()?.send();
    sender.createPadding()?.send();
    const padding = of(RTX.ssrc);
    expect(padding).toHaveLength(2);
    for (const { header, payload } of padding) {
      expect(header.padding).toBe(false);
      expect(payload.readUInt16BE(0)).toBe(latest?.header.sequenceNumber);
      expect(payload.subarray(2)).toEqual(latest?.payload);
    }
    expect(sender.stats).toMatchObject({
      retransmittedPackets: 0,
      nackCount: 0,
      paddingPackets: 2,
    });
    pacer.close();
  });
});
