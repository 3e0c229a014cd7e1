import { createSecretKey } from "node:crypto";

import { read, readBytes } from "./shape.ts";

/** SRTCP in both directions, and SRTP for what is still sent by werift. */
const SRTP_KEYS = ["srtpSessionKey", "srtcpSessionKey"];
const DTLS_KEYS = ["clientWriteKey", "serverWriteKey"];
const KEY_BYTES = 16;

/** What is used of werift's ciphers to see that they still do the same. */
interface RtcpCipher {
  encryptRTCP(packet: Buffer, index: number): Buffer;
}
interface RecordCipher {
  encrypt(sessionType: number, data: Buffer, header: object): Buffer;
}

const SAMPLE = Buffer.from("80c80006000000010000000000000000000000000000000000000000", "hex");
const SAMPLE_INDEX = 0x7fff_fffe;
const SAMPLE_RECORD = { type: 23, version: 0xfefd, epoch: 1, sequenceNumber: 2 ** 47 };
const SESSION_TYPES = [1, 2];

/**
 * Gives werift's SRTP and SRTCP ciphers `KeyObject`s in place of buffers: Node's `createCipheriv`
 * then takes a third of the time.
 *
 * @param session `RTCDtlsTransport.srtp` or `.srtcp`
 * @returns false when they do not look as expected, or would not give the same packets; they are as
 * they were then
 */
export function swapSrtpKeys(session: unknown): boolean {
  return ["localContext", "remoteContext"].every((name) => {
    const cipher = read(read(session, name), "cipher");
    return (
      isRtcpCipher(cipher) &&
      swap(cipher, SRTP_KEYS, () => cipher.encryptRTCP(SAMPLE, SAMPLE_INDEX))
    );
  });
}

/**
 * The same for the records of data channels: half of what they cost is the making of ciphers.
 *
 * @param socket `RTCDtlsTransport.dtls`
 */
export function swapDtlsKeys(socket: unknown): boolean {
  const cipher = read(read(socket, "cipher"), "cipher");
  return (
    isRecordCipher(cipher) &&
    swap(cipher, DTLS_KEYS, () =>
      Buffer.concat(SESSION_TYPES.map((type) => cipher.encrypt(type, SAMPLE, SAMPLE_RECORD))),
    )
  );
}

/** @param sample what the cipher makes of something that is never sent */
function swap(cipher: object, names: readonly string[], sample: () => Buffer): boolean {
  const keys = names.map((name) => readBytes(cipher, name, KEY_BYTES));
  if (!keys.every((key) => key?.length === KEY_BYTES)) return false;
  try {
    const before = sample();
    names.forEach((name, at) => Reflect.set(cipher, name, createSecretKey(keys[at] ?? SAMPLE)));
    if (sample().equals(before)) return true;
  } catch {
    // As good as a different result.
  }
  names.forEach((name, at) => Reflect.set(cipher, name, keys[at]));
  return false;
}

function isRtcpCipher(value: unknown): value is RtcpCipher & object {
  return typeof read(value, "encryptRTCP") === "function";
}

function isRecordCipher(value: unknown): value is RecordCipher & object {
  return typeof read(value, "encrypt") === "function";
}
