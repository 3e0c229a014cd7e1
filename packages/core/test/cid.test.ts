import { CID, parseCid, RAW, verifyBlock } from "@ipfs-kit/core";
import { base16, base16upper } from "multiformats/bases/base16";
import { base32upper } from "multiformats/bases/base32";
import { base36 } from "multiformats/bases/base36";
import { base58btc } from "multiformats/bases/base58";
import { base64, base64url } from "multiformats/bases/base64";
import { sha256 } from "multiformats/hashes/sha2";
import { describe, expect, it } from "vitest";

describe("parseCid", () => {
  it("reads both versions and both common spellings", () => {
    const cid = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
    expect(parseCid(`ipfs://${cid}`).toString()).toBe(cid);
    expect(parseCid(`/ipfs/${cid}`).toString()).toBe(cid);
    expect(parseCid("QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n").version).toBe(0);
  });

  it("reads every base in which a CID is commonly written", () => {
    const cid = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
    const { bytes } = CID.parse(cid);
    for (const base of [base16, base16upper, base32upper, base36, base58btc, base64, base64url]) {
      expect(parseCid(base.encode(bytes)).toString()).toBe(cid);
    }
  });

  it.each(["", "hello", "bafy", "../etc/passwd", "f00", "fzz", "u!", "x".repeat(10_000)])(
    "refuses %j",
    (text) => {
      expect(() => parseCid(text)).toThrow(expect.objectContaining({ code: "invalid_cid" }));
    },
  );
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
