import { CID, parseCid, RAW, verifyBlock } from "@ipfs-kit/core";
import { sha256 } from "multiformats/hashes/sha2";
import { describe, expect, it } from "vitest";

describe("parseCid", () => {
  it("reads both versions and both common spellings", () => {
    const cid = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
    expect(parseCid(`ipfs://${cid}`).toString()).toBe(cid);
    expect(parseCid(`/ipfs/${cid}`).toString()).toBe(cid);
    expect(parseCid("QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n").version).toBe(0);
  });

  it.each(["", "hello", "bafy", "../etc/passwd", "x".repeat(10_000)])("refuses %j", (text) => {
    expect(() => parseCid(text)).toThrow(expect.objectContaining({ code: "invalid_cid" }));
  });
});

describe("verifyBlock", () => {
  it("accepts the right bytes and refuses one flipped bit", async () => {
    const bytes = new TextEncoder().encode("real time");
    const cid = CID.createV1(RAW, await sha256.digest(bytes));
    await expect(verifyBlock(cid, bytes)).resolves.toBeUndefined();
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    await expect(verifyBlock(cid, bytes)).rejects.toMatchObject({ code: "integrity" });
  });
});
