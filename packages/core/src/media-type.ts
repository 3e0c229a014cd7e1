/** The type of bytes nobody recognises. */
export const OCTET_STREAM = "application/octet-stream";

/** Bytes from the start of a file that {@link mediaTypeOf} looks at. */
export const MEDIA_TYPE_PROBE_BYTES = 512;

const BY_EXTENSION: Readonly<Record<string, string>> = {
  aac: "audio/aac",
  avi: "video/x-msvideo",
  css: "text/css",
  flac: "audio/flac",
  gif: "image/gif",
  html: "text/html",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  js: "text/javascript",
  json: "application/json",
  m4a: "audio/mp4",
  m4v: "video/mp4",
  md: "text/markdown",
  mkv: "video/x-matroska",
  mov: "video/quicktime",
  mp3: "audio/mpeg",
  mp4: "video/mp4",
  oga: "audio/ogg",
  ogg: "audio/ogg",
  ogv: "video/ogg",
  opus: "audio/ogg",
  pdf: "application/pdf",
  png: "image/png",
  svg: "image/svg+xml",
  ts: "video/mp2t",
  txt: "text/plain",
  wav: "audio/wav",
  weba: "audio/webm",
  webm: "video/webm",
  webp: "image/webp",
  zip: "application/zip",
};

/** Magic numbers, by where they stand. More specific ones come first. */
const SIGNATURES: readonly { offset: number; bytes: readonly number[]; type: string }[] = [
  { offset: 4, bytes: ascii("ftypqt"), type: "video/quicktime" },
  { offset: 4, bytes: ascii("ftypM4A"), type: "audio/mp4" },
  { offset: 4, bytes: ascii("ftyp"), type: "video/mp4" },
  { offset: 4, bytes: ascii("moov"), type: "video/quicktime" },
  { offset: 0, bytes: ascii("OggS"), type: "audio/ogg" },
  { offset: 0, bytes: ascii("fLaC"), type: "audio/flac" },
  { offset: 0, bytes: ascii("ID3"), type: "audio/mpeg" },
  { offset: 8, bytes: ascii("WAVE"), type: "audio/wav" },
  { offset: 8, bytes: ascii("AVI "), type: "video/x-msvideo" },
  { offset: 8, bytes: ascii("WEBP"), type: "image/webp" },
  { offset: 0, bytes: [0x89, ...ascii("PNG")], type: "image/png" },
  { offset: 0, bytes: [0xff, 0xd8, 0xff], type: "image/jpeg" },
  { offset: 0, bytes: ascii("GIF8"), type: "image/gif" },
  { offset: 0, bytes: ascii("%PDF-"), type: "application/pdf" },
  { offset: 0, bytes: ascii("PK"), type: "application/zip" },
];

const EBML = [0x1a, 0x45, 0xdf, 0xa3];

/**
 * Guesses what a file is. What the first bytes say wins over what the name says; neither is proof,
 * and nothing may be rendered on the strength of it.
 *
 * @param head the first {@link MEDIA_TYPE_PROBE_BYTES} bytes, or fewer
 */
export function mediaTypeOf(name: string | undefined, head: Uint8Array): string {
  const named = BY_EXTENSION[name?.split(".").at(-1)?.toLowerCase() ?? ""];
  if (startsWith(head, 0, EBML)) {
    const isWebm = new TextDecoder("latin1").decode(head.subarray(0, 64)).includes("webm");
    if (!isWebm) return "video/x-matroska";
    return named === "audio/webm" ? named : "video/webm";
  }
  const found = SIGNATURES.find(({ offset, bytes }) => startsWith(head, offset, bytes));
  if (found === undefined) return named ?? OCTET_STREAM;
  // Ogg and MP4 hold audio or video alike; the name may know which.
  const sameFamily = named?.endsWith(found.type.slice(found.type.indexOf("/"))) ?? false;
  return sameFamily && named !== undefined ? named : found.type;
}

function startsWith(head: Uint8Array, offset: number, bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => head[offset + index] === byte);
}

function ascii(text: string): number[] {
  return Array.from(new TextEncoder().encode(text));
}
