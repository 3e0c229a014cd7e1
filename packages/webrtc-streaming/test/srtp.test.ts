import { createHash } from "node:crypto";

import { RtpHeader, SrtcpSession, SrtpSession } from "werift";
import { describe, expect, it } from "vitest";

import { fastSrtpWriter } from "../src/srtp/fast-srtp.ts";
import { swapSrtpKeys } from "../src/srtp/key-swap.ts";

const PROFILES = { AEAD_AES_128_GCM: 7, AES_CM_128_HMAC_SHA1_80: 1 } as const;
const SEQUENCE_SPACE = 0x1_0000;
const PACKETS = 5_000;

/** Bytes that look random and are the same each time. */
function bytes(length: number, seed: string): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
    createHash("sha256").update(`${seed} ${index}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

function configOf(profile: number) {
  const saltBytes = profile === PROFILES.AEAD_AES_128_GCM ? 12 : 14;
  return {
    profile,
    keys: {
      localMasterKey: bytes(16, "key"),
      localMasterSalt: bytes(saltBytes, "salt"),
      remoteMasterKey: bytes(16, "key"),
      remoteMasterSalt: bytes(saltBytes, "salt"),
    },
  };
}

/** Headers of all shapes: with and without marker, CSRCs, padding and extensions. */
function headerOf(step: number, sequenceNumber: number): RtpHeader {
  const header = new RtpHeader({
    ssrc: 0xffff_fff0 + (step % 3),
    payloadType: 96 + (step % 20),
    sequenceNumber,
    timestamp: (step * 3_000_000) % 2 ** 32,
    marker: step % 5 === 0,
    padding: step % 7 === 0,
    csrc: Array.from({ length: step % 4 }, (_, index) => index + step),
  });
  header.csrcLength = header.csrc.length;
  header.extensions = Array.from({ length: step % 3 }, (_, index) => ({
    id: index + 1,
    payload: bytes(1 + ((step + index) % 5), `extension ${step}`),
  }));
  return header;
}

describe.for(Object.entries(PROFILES))("packets encrypted with %s", ([, profile]) => {
  it("are the same, byte for byte, as werift's, through two wraps of the sequence number", () => {
    const slow = new SrtpSession(configOf(profile));
    const writer = fastSrtpWriter(new SrtpSession(configOf(profile)));
    const indices = new Map<number, number>();
    let different = 0;
    for (let step = 0; step < PACKETS; step += 1) {
      const ssrc = 0xffff_fff0 + (step % 3);
      // Near the wraps one by one, in between in great strides.
      const before = indices.get(ssrc) ?? 65_000;
      const isNearWrap = (before + 90) % SEQUENCE_SPACE < 180;
      const index = before + (isNearWrap ? 1 : 89);
      indices.set(ssrc, index);
      const header = headerOf(step, index % SEQUENCE_SPACE);
      const payload = bytes(step % 1_300, `payload ${step}`);
      const expected = slow.encrypt(payload, header);
      const bare = header.serialize(header.serializeSize);
      const pieces = writer?.protect(bare, payload, index) ?? [];
      if (!Buffer.concat(pieces).equals(expected)) different += 1;
      if (bare.length + payload.length + (writer?.overheadBytes ?? 0) !== expected.length) {
        different += 1;
      }
    }
    expect(different).toBe(0);
    expect(Math.min(...indices.values())).toBeGreaterThan(2 * SEQUENCE_SPACE);
  });

  it("are read by who has the keys", () => {
    const far = new SrtpSession(configOf(profile));
    const writer = fastSrtpWriter(new SrtpSession(configOf(profile)));
    const header = headerOf(8, 65_535);
    const bare = header.serialize(header.serializeSize);
    const payload = bytes(700, "payload");
    const read = far.decrypt(Buffer.concat(writer?.protect(bare, payload, 65_535) ?? []));
    expect(read).toEqual(Buffer.concat([bare, payload]));
  });

  it("leave werift's own packets as they are when its keys are swapped", () => {
    const plain = new SrtcpSession(configOf(profile));
    const swapped = new SrtcpSession(configOf(profile));
    expect(swapSrtpKeys(swapped)).toBe(true);
    const report = Buffer.from("80c80006000000010000000000000000000000000000000000000000", "hex");
    for (let round = 0; round < 3; round += 1) {
      const encrypted = swapped.encrypt(report);
      expect(encrypted).toEqual(plain.encrypt(report));
      expect(swapped.decrypt(encrypted)).toEqual(report);
    }
  });
});

describe("a werift that is not as expected", () => {
  it.for([
    ["has no contexts", {}],
    ["has another profile", { localContext: contextWith({ profile: 8 }) }],
    ["has a longer key", { localContext: contextWith({ srtpSessionKey: Buffer.alloc(32) }) }],
    ["has no salt", { localContext: contextWith({ srtpSessionSalt: undefined }) }],
    ["has another cipher", { localContext: contextWith({ cipher: {} }) }],
    ["is not there", undefined],
  ] as const)("encrypts by itself when it %s", ([, session]) => {
    expect(fastSrtpWriter(session)).toBeUndefined();
    expect(swapSrtpKeys(session)).toBe(false);
  });

  it("encrypts by itself when its packets come out different", () => {
    const session = new SrtpSession(configOf(PROFILES.AEAD_AES_128_GCM));
    session.localContext.srtpSessionSalt[0] = (session.localContext.srtpSessionSalt[0] ?? 0) ^ 1;
    session.localContext.cipher.srtpSessionSalt = bytes(14, "another salt");
    expect(fastSrtpWriter(session)).toBeUndefined();
  });

  it("keeps its keys when swapping them fails", () => {
    const session = new SrtcpSession(configOf(PROFILES.AEAD_AES_128_GCM));
    const { cipher } = session.localContext;
    const key = cipher.srtcpSessionKey;
    const encrypt = cipher.encryptRTCP.bind(cipher);
    let rounds = 0;
    cipher.encryptRTCP = (packet, index) => {
      rounds += 1;
      return rounds === 1 ? encrypt(packet, index) : Buffer.alloc(1);
    };
    expect(swapSrtpKeys(session)).toBe(false);
    expect(cipher.srtcpSessionKey).toBe(key);
  });
});

function contextWith(changes: object) {
  const context = new SrtpSession(configOf(PROFILES.AEAD_AES_128_GCM)).localContext;
  return Object.assign(context, changes);
}
