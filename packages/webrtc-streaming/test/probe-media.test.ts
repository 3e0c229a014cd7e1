import { readFile } from "node:fs/promises";

import { createMemoryRepository } from "@ipfs-kit/content-memory";
import { type CID, type ContentStore, parseCid } from "@ipfs-kit/core";
import { FIXTURES, mediaFixture, type MediaFixtureName, truncatedFixture } from "@ipfs-kit/testing";
import { probeMedia } from "@ipfs-kit/webrtc-streaming";
import { describe, expect, it } from "vitest";

async function added(bytes: Uint8Array | string): Promise<{ store: ContentStore; cid: CID }> {
  const store = createMemoryRepository();
  async function* source() {
    yield typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  }
  const { cid } = await store.add(source());
  return { store, cid };
}

describe("the facts of a media file", { timeout: 180_000 }, () => {
  it.each([
    ["webm-vp8-opus", "WebM", ["vp8", "opus"]],
    ["mp4-phone", "MP4", ["avc", "aac"]],
    ["ogg-opus", "Ogg", ["opus"]],
    ["mp4-mpeg4-aac", "MP4", ["mp4v", "aac"]],
  ] as const)("are read from %s", async (name: MediaFixtureName, container, codecs) => {
    const { store, cid } = await added(await readFile(await mediaFixture(name)));
    const facts = await probeMedia(store, cid);
    expect(facts).toMatchObject({ container, codecs });
    expect(facts.durationSeconds).toBeCloseTo(FIXTURES[name].durationSeconds, 0);
    const hasPicture = codecs.length > 1;
    expect([facts.width !== undefined, facts.height !== undefined]).toEqual([
      hasPicture,
      hasPicture,
    ]);
  });

  it("are not made up", async () => {
    const text = await added("not a film");
    await expect(probeMedia(text.store, text.cid)).rejects.toMatchObject({ code: "not_media" });
    const empty = await added("");
    await expect(probeMedia(empty.store, empty.cid)).rejects.toMatchObject({
      code: "empty_content",
    });
    const nowhere = parseCid("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy");
    await expect(probeMedia(text.store, nowhere)).rejects.toMatchObject({ code: "not_found" });
    const cut = await added(await readFile(await truncatedFixture("mp4-mpeg4-aac", 0.4)));
    await expect(probeMedia(cut.store, cut.cid)).rejects.toMatchObject({ code: "corrupt_media" });
  });

  it("are not waited for when nobody wants them any more", async () => {
    const { store, cid } = await added("whatever");
    const stuck: Pick<ContentStore, "read" | "stat"> = {
      stat: async (...args) => store.stat(...args),
      async *read(_cid, { signal } = {}) {
        await new Promise((_resolve, reject) => {
          signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
        });
        yield new Uint8Array(0);
      },
    };
    const stop = new AbortController();
    const probing = probeMedia(stuck, cid, { signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(probing).rejects.toMatchObject({ code: "aborted" });
  });
});
