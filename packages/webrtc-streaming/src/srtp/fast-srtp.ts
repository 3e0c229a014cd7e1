import { RtpHeader } from "werift";

import { read, readBytes } from "./shape.ts";
import { createSrtpWriter, type SrtpKeys, type SrtpWriter } from "./srtp-writer.ts";

/** What is called of werift's cipher: the slow path our packets have to be equal to. */
interface SlowCipher {
  encryptRtp(header: RtpHeader, payload: Buffer, wraps: number): Buffer;
}

const KEY_BYTES = 16;
const AUTH_KEY_BYTES = 20;

/** werift's numbers of the SRTP profiles, with the salt each needs. */
const PROFILES: Readonly<Record<number, { name: SrtpKeys["profile"]; saltBytes: number }>> = {
  0x0001: { name: "AES_CM_128_HMAC_SHA1_80", saltBytes: 14 },
  0x0007: { name: "AEAD_AES_128_GCM", saltBytes: 12 },
};

/**
 * A writer for the packets of a connection, with the keys werift's SRTP session holds; about three
 * times as fast as werift's own.
 *
 * @param session `RTCDtlsTransport.srtp` of werift 0.25
 * @returns undefined when the session does not look as expected, or packets do not come out equal to
 * werift's: then werift has to encrypt
 */
export function fastSrtpWriter(session: unknown): SrtpWriter | undefined {
  const context = read(session, "localContext");
  const cipher = read(context, "cipher");
  const profile = PROFILES[Number(read(context, "profile"))];
  if (profile === undefined || !isSlowCipher(cipher)) return undefined;
  const key = readBytes(context, "srtpSessionKey", KEY_BYTES);
  const salt = readBytes(context, "srtpSessionSalt", profile.saltBytes);
  const authKey = readBytes(context, "srtpSessionAuthTag", AUTH_KEY_BYTES);
  if (key?.length !== KEY_BYTES || salt === undefined || authKey === undefined) return undefined;
  try {
    const writer = createSrtpWriter({ profile: profile.name, key, salt, authKey });
    return isEqual(writer, cipher) ? writer : undefined;
  } catch {
    return undefined;
  }
}

/** A plain header, and one with a CSRC, padding and two extensions; at a sequence number about to wrap. */
const SAMPLES = [
  Buffer.from("80e0ffff0000000100000001", "hex"),
  Buffer.from("b1600000fffffffffffffffe00000007bede0002101222abcdef0000", "hex"),
];
const SAMPLE_WRAPS = 0x1_0002;
const SAMPLE_PAYLOAD = Buffer.from(Array.from({ length: 101 }, (_, index) => index));

/** Encrypts the samples both ways. They never leave this function, so no index is used up by them. */
function isEqual(writer: SrtpWriter, cipher: SlowCipher): boolean {
  return SAMPLES.every((header) => {
    const sequenceNumber = header.readUInt16BE(2);
    const ours = writer.protect(header, SAMPLE_PAYLOAD, SAMPLE_WRAPS * 0x1_0000 + sequenceNumber);
    const theirs = cipher.encryptRtp(RtpHeader.deSerialize(header), SAMPLE_PAYLOAD, SAMPLE_WRAPS);
    return Buffer.concat(ours).equals(theirs);
  });
}

function isSlowCipher(value: unknown): value is SlowCipher {
  return typeof read(value, "encryptRtp") === "function";
}
