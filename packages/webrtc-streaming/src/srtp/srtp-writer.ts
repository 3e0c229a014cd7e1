import { createCipheriv, createHmac, createSecretKey, type KeyObject } from "node:crypto";

/** What DTLS agreed on for the packets of this side (RFC 3711, 4.3 and RFC 7714, 11). */
export interface SrtpKeys {
  profile: "AEAD_AES_128_GCM" | "AES_CM_128_HMAC_SHA1_80";
  /** 16 bytes. */
  key: Uint8Array;
  /** 12 bytes at least for GCM, 14 for counter mode. */
  salt: Uint8Array;
  /** Key of the authentication tag, 20 bytes; counter mode only. */
  authKey: Uint8Array;
}

/** Encrypts and authenticates RTP packets. */
export interface SrtpWriter {
  /** What encryption adds to a packet. */
  readonly overheadBytes: number;
  /**
   * The pieces of the encrypted packet, in order; the first is `header` itself.
   *
   * @param header all that stays readable: fixed part, CSRC list, extensions
   * @param payload with its padding, if it has any; is not changed
   * @param index how many times the sequence number has wrapped, times 65,536, plus the number. It
   * must never come twice for one SSRC: with GCM that gives away the key of the tags
   */
  protect(header: Buffer, payload: Uint8Array, index: number): Buffer[];
}

export function createSrtpWriter(keys: SrtpKeys): SrtpWriter {
  return keys.profile === "AEAD_AES_128_GCM" ? new GcmWriter(keys) : new CounterWriter(keys);
}

const SEQUENCE_SPACE = 0x1_0000;
const SSRC_AT = 8;

/** Keys as `KeyObject`s: with a plain buffer, `createCipheriv` costs three times as much. */
class GcmWriter implements SrtpWriter {
  readonly overheadBytes = 16;
  readonly #key: KeyObject;
  readonly #salt: Buffer;
  readonly #iv = Buffer.alloc(12);
  readonly #ssrcSalt: number;
  readonly #wrapsSalt: number;
  readonly #sequenceSalt: number;

  constructor({ key, salt }: SrtpKeys) {
    this.#key = createSecretKey(key);
    this.#salt = Buffer.from(salt);
    this.#salt.copy(this.#iv, 0, 0, 12);
    this.#ssrcSalt = this.#salt.readUInt32BE(2);
    this.#wrapsSalt = this.#salt.readUInt32BE(6);
    this.#sequenceSalt = this.#salt.readUInt16BE(10);
  }

  protect(header: Buffer, payload: Uint8Array, index: number): Buffer[] {
    // RFC 7714, 8.1: 16 zero bits, SSRC, roll-over counter, sequence number; all over the salt.
    const iv = this.#iv;
    iv.writeUInt32BE((header.readUInt32BE(SSRC_AT) ^ this.#ssrcSalt) >>> 0, 2);
    iv.writeUInt32BE((Math.floor(index / SEQUENCE_SPACE) ^ this.#wrapsSalt) >>> 0, 6);
    iv.writeUInt16BE((index % SEQUENCE_SPACE) ^ this.#sequenceSalt, 10);
    const cipher = createCipheriv("aes-128-gcm", this.#key, iv);
    cipher.setAAD(header);
    const encrypted = cipher.update(payload);
    cipher.final();
    return [header, encrypted, cipher.getAuthTag()];
  }
}

/** AES in counter mode with an 80-bit HMAC-SHA1 tag (RFC 3711, 4.1.1 and 4.2.1). */
class CounterWriter implements SrtpWriter {
  readonly overheadBytes = 10;
  readonly #key: KeyObject;
  readonly #authKey: KeyObject;
  readonly #salt: Buffer;
  readonly #counter = Buffer.alloc(16);
  readonly #wraps = Buffer.alloc(4);

  constructor({ key, salt, authKey }: SrtpKeys) {
    this.#key = createSecretKey(key);
    this.#authKey = createSecretKey(authKey);
    this.#salt = Buffer.from(salt);
    this.#salt.copy(this.#counter, 0, 0, 14);
  }

  protect(header: Buffer, payload: Uint8Array, index: number): Buffer[] {
    const wraps = Math.floor(index / SEQUENCE_SPACE);
    const counter = this.#counter;
    const salt = this.#salt;
    counter.writeUInt32BE((header.readUInt32BE(SSRC_AT) ^ salt.readUInt32BE(4)) >>> 0, 4);
    counter.writeUInt32BE((wraps ^ salt.readUInt32BE(8)) >>> 0, 8);
    counter.writeUInt16BE((index % SEQUENCE_SPACE) ^ salt.readUInt16BE(12), 12);
    const encrypted = createCipheriv("aes-128-ctr", this.#key, counter).update(payload);
    this.#wraps.writeUInt32BE(wraps, 0);
    const tag = createHmac("sha1", this.#authKey)
      .update(header)
      .update(encrypted)
      .update(this.#wraps)
      .digest();
    return [header, encrypted, tag.subarray(0, this.overheadBytes)];
  }
}
