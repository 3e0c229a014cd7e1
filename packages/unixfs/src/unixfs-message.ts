/** Numbers of the UnixFS schema. */
const FIELDS = { type: 1, data: 2, fileSize: 3, blockSizes: 4, hashType: 5, fanout: 6 } as const;
const TYPES = { directory: 1, file: 2, symlink: 4, shard: 5 } as const;
/** How protobuf tells what follows a field's number. */
const VARINT = 0;
const LENGTH_DELIMITED = 2;

export interface UnixfsMessage {
  type: keyof typeof TYPES;
  data?: Uint8Array | undefined;
  fileSize?: bigint | undefined;
  blockSizes?: readonly bigint[] | undefined;
  hashType?: bigint | undefined;
  fanout?: bigint | undefined;
}

/**
 * The UnixFS `Data` message as protobuf. Written here because the writer behind `ipfs-unixfs` 13
 * (protons-runtime, all releases up to 8.0.1) garbles sizes from 2 GiB up to 4 GiB, and with them the
 * root of every file of such a size.
 */
export function encodeUnixfs({
  type,
  data,
  fileSize,
  blockSizes = [],
  hashType,
  fanout,
}: UnixfsMessage): Uint8Array {
  return Buffer.concat([
    varintField(FIELDS.type, BigInt(TYPES[type])),
    // An empty field is left out, as every writer does.
    ...(data === undefined || data.length === 0 ? [] : bytesField(FIELDS.data, data)),
    ...(fileSize === undefined ? [] : [varintField(FIELDS.fileSize, fileSize)]),
    ...blockSizes.map((size) => varintField(FIELDS.blockSizes, size)),
    ...(hashType === undefined ? [] : [varintField(FIELDS.hashType, hashType)]),
    ...(fanout === undefined ? [] : [varintField(FIELDS.fanout, fanout)]),
  ]);
}

function bytesField(field: number, bytes: Uint8Array): Uint8Array[] {
  const head = [(field << 3) | LENGTH_DELIMITED, ...varint(BigInt(bytes.length))];
  return [Uint8Array.from(head), bytes];
}

function varintField(field: number, value: bigint): Uint8Array {
  return Uint8Array.from([(field << 3) | VARINT, ...varint(value)]);
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}
