import { RtpHeader } from "werift";
import { describe, expect, it } from "vitest";

import { RtpStream, type HeaderExtensionIds } from "../src/sender/rtp-stream.ts";

const FIELDS = { timestamp: 0xffff_fffe, marker: false, padding: false };

function streamOf(extensions: HeaderExtensionIds, firstSequenceNumber = 65_534): RtpStream {
  return new RtpStream({ ssrc: 0xdead_beef, payloadType: 101, extensions, firstSequenceNumber });
}

/** What werift reads of a header; with every byte of it written again the same way. */
function readBack(header: Buffer): RtpHeader {
  const read = RtpHeader.deSerialize(header);
  expect(read.serialize(read.serializeSize)).toEqual(header);
  return read;
}

describe("a header", () => {
  it("says what the packet is, and its number wraps", () => {
    const stream = streamOf({});
    const read = [0, 1, 2].map((step) =>
      readBack(stream.header({ ...FIELDS, marker: step === 2 }, 0, 0)),
    );
    expect(read.map(({ sequenceNumber }) => sequenceNumber)).toEqual([65_534, 65_535, 0]);
    expect(read.map(({ marker }) => marker)).toEqual([false, false, true]);
    expect(read[0]).toMatchObject({ ssrc: 0xdead_beef, payloadType: 101, timestamp: 0xffff_fffe });
    expect(read[0]?.extensions).toEqual([]);
    expect(stream.nextIndex).toBe(65_537);
  });

  it("carries the number of the packet in the transport, wrapped", () => {
    const stream = streamOf({ transportSequence: 5, absSendTime: 6 });
    expect(stream.isCounted).toBe(true);
    const { extensions } = readBack(stream.header(FIELDS, 65_537, 1_000));
    // The time of sending would be of no use beside it.
    expect(extensions).toMatchObject([{ id: 5, payload: Buffer.from([0, 1]) }]);
  });

  it("carries the time of sending where there is no other way, in 24 bits that wrap after 64 s", () => {
    const stream = streamOf({ absSendTime: 6 });
    const at = (ms: number) => readBack(stream.header(FIELDS, 0, ms)).extensions;
    expect(at(1_500)).toMatchObject([{ id: 6, payload: Buffer.from("060000", "hex") }]);
    expect(at(65_500)).toMatchObject([{ id: 6, payload: Buffer.from("060000", "hex") }]);
    expect(stream.isCounted).toBe(false);
  });

  it("carries how long frames may be kept, from when that is set", () => {
    const stream = streamOf({ transportSequence: 1, playoutDelay: 3 });
    expect(readBack(stream.header(FIELDS, 7, 0)).extensions).toHaveLength(1);
    stream.playoutDelay = { minMs: 400, maxMs: 2_500 };
    const { extensions } = readBack(stream.header(FIELDS, 8, 0));
    // 40 and 250 times 10 ms, in 12 bits each.
    expect(extensions).toMatchObject([
      { id: 1, payload: Buffer.from([0, 8]) },
      { id: 3, payload: Buffer.from("0280fa", "hex") },
    ]);
    stream.playoutDelay = { minMs: 1e9, maxMs: 0 };
    const [, most] = readBack(stream.header(FIELDS, 9, 0)).extensions;
    expect(most?.payload).toEqual(Buffer.from("ffffff", "hex"));
    stream.playoutDelay = undefined;
    expect(readBack(stream.header(FIELDS, 10, 0)).extensions).toHaveLength(1);
  });
});
