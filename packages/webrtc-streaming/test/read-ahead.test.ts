import { describe, expect, it } from "vitest";

import { READ_AHEAD_BYTES, READ_AHEAD_PACKETS, READ_AHEAD_SECONDS } from "../src/defaults.ts";
import { readAhead } from "../src/playback/read-ahead.ts";
import type { MediaPacket } from "../src/source/media-file.ts";

/** An endless track; counts what was taken from it, and whether it was let go. */
function track(secondsPerPacket: number, bytesPerPacket = 1) {
  const seen = { taken: 0, released: false };
  async function* packets(): AsyncGenerator<MediaPacket> {
    try {
      for (;;) {
        const timestamp = seen.taken * secondsPerPacket;
        seen.taken += 1;
        yield {
          data: new Uint8Array(bytesPerPacket),
          timestamp,
          duration: secondsPerPacket,
          keyFrame: true,
        };
      }
    } finally {
      seen.released = true;
    }
  }
  return { seen, packets: packets() };
}

/** Three packets, then a failure. */
async function* failing(): AsyncGenerator<MediaPacket> {
  for (const timestamp of [0, 1, 2]) {
    yield { data: new Uint8Array(1), timestamp, duration: 1, keyFrame: true };
  }
  throw new Error("the disk is gone");
}

const settle = async () => new Promise((resolve) => setTimeout(resolve, 20));

describe("reading ahead", () => {
  it("stops at its bound of time while nobody consumes", async () => {
    const { seen, packets } = track(0.1);
    const reader = readAhead(packets, new AbortController().signal);
    await reader.next();
    await settle();
    expect(seen.taken).toBeLessThanOrEqual(READ_AHEAD_SECONDS / 0.1 + 3);
    await reader.return();
    expect(seen.released).toBe(true);
  });

  it("stops at its bound of packets when time stands still", async () => {
    const { seen, packets } = track(0);
    const reader = readAhead(packets, new AbortController().signal);
    await reader.next();
    await settle();
    expect(seen.taken).toBeLessThanOrEqual(READ_AHEAD_PACKETS + 2);
    await reader.return();
  });

  it("stops at its bound of bytes, whatever the times say", async () => {
    const bytes = 2 ** 20;
    const { seen, packets } = track(0, bytes);
    const reader = readAhead(packets, new AbortController().signal);
    await reader.next();
    await settle();
    expect(seen.taken * bytes).toBeLessThanOrEqual(READ_AHEAD_BYTES + 2 * bytes);
    await reader.return();
  });

  it("keeps order, and passes the source's failure on after what came before it", async () => {
    const times: number[] = [];
    await expect(async () => {
      for await (const { timestamp } of readAhead(failing(), new AbortController().signal)) {
        times.push(timestamp);
      }
    }).rejects.toThrow("the disk is gone");
    expect(times).toEqual([0, 1, 2]);
  });

  it("ends with the signal, and lets go of the source", async () => {
    const { seen, packets } = track(0.1);
    const controller = new AbortController();
    const reader = readAhead(packets, controller.signal);
    await reader.next();
    controller.abort();
    await expect(
      (async () => {
        for await (const _ of reader);
      })(),
    ).rejects.toMatchObject({ code: "aborted" });
    expect(seen.released).toBe(true);
  });
});
