/** An MP4 whose index says how long each of millions of pictures is shown. @param bytes of the index */
export function hugeIndex(bytes: number): Buffer {
  const count = Math.floor(bytes / 8);
  const table = Buffer.alloc(count * 8);
  for (let at = 3; at < table.length; at += 4) table[at] = 1;
  const setup = Buffer.from("0142c01effe10017", "hex");
  const avcC = box("avcC", setup, Buffer.alloc(23), Buffer.from("01000400000000", "hex"));
  const size = Buffer.from([2, 128, 1, 104]);
  const avc1 = box(
    "avc1",
    Buffer.alloc(6),
    Buffer.from([0, 1]),
    Buffer.alloc(16),
    size,
    Buffer.alloc(50),
    avcC,
  );
  const stbl = box(
    "stbl",
    table32("stsd", [1], avc1),
    table32("stts", [count], table),
    table32("stsc", [1, 1, 1, 1]),
    table32("stsz", [0, 1, 1]),
    table32("stco", [1, 0]),
  );
  const minf = box("minf", table32("vmhd", [0, 0]), box("dinf"), stbl);
  const mdhd = table32("mdhd", [0, 0, 1000, 10_000, 0x55_c4_00_00]);
  const hdlr = table32("hdlr", [0], Buffer.from("vide"), Buffer.alloc(13));
  const tkhd = table32("tkhd", [0, 0, 1, 0, 10_000], Buffer.alloc(60));
  const trak = box("trak", tkhd, box("mdia", mdhd, hdlr, minf));
  const moov = box("moov", table32("mvhd", [0, 0, 1000, 10_000], Buffer.alloc(80)), trak);
  const brand = Buffer.from("isom00000200isomiso2avc1mp41", "latin1");
  return Buffer.concat([box("ftyp", brand), moov, box("mdat", Buffer.alloc(10))]);
}

function box(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8);
  head.write(type, 4, "latin1");
  return Buffer.concat([head, body]);
}

/** A box with a version, numbers and what follows them. */
function table32(type: string, numbers: readonly number[], ...rest: Buffer[]): Buffer {
  const words = Buffer.alloc(4 + 4 * numbers.length);
  numbers.forEach((number, index) => words.writeUInt32BE(number, 4 + 4 * index));
  return box(type, words, ...rest);
}
