import type { RtpHeader } from "werift";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { RETRANSMISSION_BURST_BYTES } from "../src/defaults.ts";
import { MediaSender } from "../src/sender/media-sender.ts";
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
    transport: {
      sendRtp: async (payload, header) => wire.push({ header, payload: Buffer.from(payload) }),
      sendRtcp: async () => {},
    },
  });
  const send = (bytes: number) =>
    sender.sendFrame(
      { data: new Uint8Array(bytes), timestamp: 0, duration: 0, keyFrame: true },
      clock.now(),
    );
  const of = (ssrc: number) => wire.filter(({ header }) => header.ssrc === ssrc);
  return { sender, send, of, pacer };
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
