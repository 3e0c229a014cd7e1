import { randomBytes } from "node:crypto";

/** Opus counts in 48 kHz, whatever it carries; a packet here is 20 ms. */
const SAMPLES_PER_PACKET = 960;
const PACKETS_PER_PAGE = 50;
/** Samples a decoder needs before what it gives is right. */
const PRE_SKIP = 312;
/** One packet of silence: full band, stereo, 20 ms (RFC 6716). */
const SILENCE = Buffer.from([0xfc, 0xff, 0xfe]);

const FIRST_PAGE = 2;
const LAST_PAGE = 4;

/**
 * A sound file made of nothing: so many seconds of silence as Ogg Opus (RFC 7845), which every viewer
 * takes as it is. No two are alike, so that removing one removes nobody's content.
 */
export function silentOgg(seconds: number): Buffer {
  const serial = randomBytes(4);
  const pages = [
    page(serial, 0, { flags: FIRST_PAGE, granule: 0, packets: [head()] }),
    page(serial, 1, { flags: 0, granule: 0, packets: [tags()] }),
  ];
  for (let second = 1; second <= seconds; second += 1) {
    pages.push(
      page(serial, second + 1, {
        flags: second === seconds ? LAST_PAGE : 0,
        granule: PRE_SKIP + second * PACKETS_PER_PAGE * SAMPLES_PER_PACKET,
        packets: Array.from({ length: PACKETS_PER_PAGE }, () => SILENCE),
      }),
    );
  }
  return Buffer.concat(pages);
}

function head(): Buffer {
  const bytes = Buffer.alloc(19);
  bytes.write("OpusHead", 0, "latin1");
  bytes.writeUInt8(1, 8); // version
  bytes.writeUInt8(2, 9); // channels
  bytes.writeUInt16LE(PRE_SKIP, 10);
  bytes.writeUInt32LE(48_000, 12);
  return bytes;
}

function tags(): Buffer {
  const vendor = Buffer.from("ipfs-kit");
  const length = Buffer.alloc(4);
  length.writeUInt32LE(vendor.length);
  return Buffer.concat([Buffer.from("OpusTags"), length, vendor, Buffer.alloc(4)]);
}

interface PageInit {
  flags: number;
  /** Samples up to the end of this page. */
  granule: number;
  packets: readonly Buffer[];
}

/** A page as RFC 3533 has it. Each packet is shorter than 255 bytes, so it is one segment. */
function page(serial: Buffer, index: number, { flags, granule, packets }: PageInit): Buffer {
  const bytes = Buffer.concat([
    Buffer.from("OggS\0"),
    Buffer.alloc(21),
    Buffer.from([packets.length, ...packets.map(({ length }) => length)]),
    ...packets,
  ]);
  bytes.writeUInt8(flags, 5);
  bytes.writeBigUInt64LE(BigInt(granule), 6);
  serial.copy(bytes, 14);
  bytes.writeUInt32LE(index, 18);
  bytes.writeUInt32LE(checksum(bytes), 22);
  return bytes;
}

const POLYNOMIAL = 0x04c1_1db7;

/** The CRC of Ogg: not reflected, begun with 0. */
function checksum(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = (crc & 0x8000_0000) === 0 ? crc << 1 : (crc << 1) ^ POLYNOMIAL;
    }
  }
  return crc >>> 0;
}
