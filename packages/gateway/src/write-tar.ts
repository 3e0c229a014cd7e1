/** One entry of a tar. */
export interface TarEntry {
  /** Relative, `/` between names; of a folder without a slash at its end. */
  path: string;
  type: "file" | "directory" | "symlink";
  /** Bytes of a file. */
  size: number;
  /** Where a link points. */
  target?: string;
  /** The bytes of a file, not started yet. */
  content?: AsyncIterable<Uint8Array>;
}

const BLOCK = 512;
const MAX_NAME_BYTES = 100;
/** Eleven octal digits: 8 GiB. */
const MAX_OCTAL_SIZE = 0o77777777777;
const TYPE_FLAGS = { file: "0", directory: "5", symlink: "2", pax: "x" } as const;
const MODES = { file: 0o644, directory: 0o755, symlink: 0o777, pax: 0o644 } as const;

export interface WriteTarOptions {
  /** Ends names of folders in a slash, as most tars do; Kubo's own command takes only names without. @default true */
  folderSlash?: boolean | undefined;
  /** Of all entries, in seconds since 1970. @default 0, so that the same tree is always the same tar */
  modifiedAt?: number | undefined;
}

interface Header {
  name: Uint8Array;
  type: keyof typeof TYPE_FLAGS;
  size: number;
  target?: Uint8Array;
  modifiedAt: number;
}

/**
 * Writes a POSIX tar (ustar, with pax records where names, targets or sizes need them), entry by
 * entry as they are pulled. Owner, time and rights are the same for all: UnixFS states none.
 *
 * @throws whatever a source throws; Error when a file has other bytes than its size
 */
export async function* writeTar(
  entries: AsyncIterable<TarEntry>,
  options: WriteTarOptions = {},
): AsyncGenerator<Uint8Array, void> {
  for await (const entry of entries) {
    yield headerOf(entry, options);
    let written = 0;
    for await (const bytes of entry.content ?? []) {
      written += bytes.length;
      yield bytes;
    }
    if (written !== entry.size) {
      throw new Error(`A file of ${entry.size} bytes came with ${written}.`);
    }
    const rest = paddingAfter(written);
    if (rest > 0) yield new Uint8Array(rest);
  }
  yield new Uint8Array(2 * BLOCK);
}

function headerOf(
  { path, type, size, target }: TarEntry,
  { folderSlash = true, modifiedAt = 0 }: WriteTarOptions,
): Uint8Array {
  const encoder = new TextEncoder();
  const name = encoder.encode(type === "directory" && folderSlash ? `${path}/` : path);
  const link = target === undefined ? undefined : encoder.encode(target);
  const records = [
    needsPax(name) ? paxRecord("path", name) : [],
    link !== undefined && needsPax(link) ? paxRecord("linkpath", link) : [],
    size > MAX_OCTAL_SIZE ? paxRecord("size", encoder.encode(String(size))) : [],
  ].flat();
  const header: Header = {
    name,
    type,
    size,
    modifiedAt,
    ...(link === undefined ? {} : { target: link }),
  };
  if (records.length === 0) return ustarHeader(header);
  const pax = concat(records);
  return concat([
    ustarHeader({ name: encoder.encode("pax"), type: "pax", size: pax.length, modifiedAt }),
    pax,
    new Uint8Array(paddingAfter(pax.length)),
    ustarHeader(header),
  ]);
}

/** Long ones, and such as are no plain ASCII, whose reading ustar leaves open. */
function needsPax(text: Uint8Array): boolean {
  return text.length > MAX_NAME_BYTES || text.some((byte) => byte < 0x20 || byte > 0x7e);
}

/** `"{length} {key}={value}\n"`, where the length counts its own digits. */
function paxRecord(key: string, value: Uint8Array): Uint8Array[] {
  const encoder = new TextEncoder();
  const rest = key.length + value.length + 3;
  let length = rest + String(rest).length;
  length = rest + String(length).length;
  return [encoder.encode(`${length} ${key}=`), value, encoder.encode("\n")];
}

function ustarHeader({ name, type, size, target, modifiedAt }: Header): Uint8Array {
  const header = new Uint8Array(BLOCK);
  const put = (offset: number, bytes: Uint8Array) => header.set(bytes, offset);
  const text = (offset: number, value: string) => put(offset, new TextEncoder().encode(value));
  const octal = (offset: number, digits: number, value: number) =>
    text(offset, value.toString(8).padStart(digits, "0"));
  put(0, name.subarray(0, MAX_NAME_BYTES));
  octal(100, 7, MODES[type]);
  octal(108, 7, 0);
  octal(116, 7, 0);
  octal(124, 11, Math.min(size, MAX_OCTAL_SIZE));
  octal(136, 11, modifiedAt);
  text(148, " ".repeat(8));
  text(156, TYPE_FLAGS[type]);
  put(157, (target ?? new Uint8Array(0)).subarray(0, MAX_NAME_BYTES));
  text(257, "ustar\u000000");
  const sum = header.reduce((total, byte) => total + byte, 0);
  text(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return header;
}

function paddingAfter(length: number): number {
  return (BLOCK - (length % BLOCK)) % BLOCK;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
