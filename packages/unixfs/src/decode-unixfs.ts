/** Kinds of nodes, by their numbers in the UnixFS schema. */
const TYPES = ["raw", "directory", "file", "metadata", "symlink", "shard"] as const;
const FIELDS = { type: 1, data: 2, fileSize: 3, blockSizes: 4, hashType: 5, fanout: 6 } as const;

/** How protobuf says what follows a field's number. */
const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;
/** Bytes of the longest varint, which has 64 bits. */
const MAX_VARINT_BYTES = 10;

export interface DecodedUnixfs {
  type: (typeof TYPES)[number];
  data: Uint8Array;
  fileSize?: number | undefined;
  blockSizes: number[];
  hashType?: number | undefined;
  fanout?: number | undefined;
}

/**
 * The UnixFS `Data` message. Numbers above 2^53 come out inexact; no sum they are part of is taken for
 * a size. Written here because a decoder for any schema makes a list of a million sizes out of 2 MiB
 * before anyone can refuse it.
 *
 * @param maxBlockSizes the links of the node: every size belongs to one; one more is still told
 * @throws RangeError when it is no such message
 */
export function decodeUnixfs(bytes: Uint8Array, maxBlockSizes: number): DecodedUnixfs {
  const reader = new FieldReader(bytes);
  const message: Omit<DecodedUnixfs, "type" | "data"> & {
    type?: DecodedUnixfs["type"] | undefined;
    data?: Uint8Array;
  } = { blockSizes: [] };
  const addSize = (size: number) => {
    if (message.blockSizes.length <= maxBlockSizes) message.blockSizes.push(size);
  };
  while (!reader.atEnd) {
    const { field, wireType } = reader.tag();
    if (wireType === VARINT) {
      const value = reader.varint();
      if (field === FIELDS.type) message.type = TYPES[value];
      else if (field === FIELDS.fileSize) message.fileSize = value;
      else if (field === FIELDS.blockSizes) addSize(value);
      else if (field === FIELDS.hashType) message.hashType = value;
      else if (field === FIELDS.fanout) message.fanout = value;
    } else if (wireType === LENGTH_DELIMITED) {
      const value = reader.bytes(reader.varint());
      if (field === FIELDS.data) message.data = value;
      // Numbers may also come packed.
      const packed = new FieldReader(field === FIELDS.blockSizes ? value : new Uint8Array(0));
      while (!packed.atEnd) addSize(packed.varint());
    } else if (wireType === FIXED_32) {
      reader.bytes(4);
    } else if (wireType === FIXED_64) {
      reader.bytes(8);
    } else {
      throw new RangeError(`No field has wire type ${wireType}.`);
    }
  }
  const { type, data = new Uint8Array(0) } = message;
  if (type === undefined) throw new RangeError("It has no type that UnixFS knows.");
  return { ...message, type, data };
}

class FieldReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  tag(): { field: number; wireType: number } {
    const tag = this.varint();
    return { field: Math.floor(tag / 8), wireType: tag % 8 };
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < MAX_VARINT_BYTES; count += 1) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw new RangeError("It is cut short.");
      this.#at += 1;
      value += (byte % 0x80) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    throw new RangeError("A number in it has more than 64 bits.");
  }

  bytes(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError("It is cut short.");
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }
}
