import { mediaTypeOf } from "@ipfs-kit/core";
import { describe, expect, it } from "vitest";

const bytes = (...parts: (string | number)[]) =>
  Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === "number" ? [part] : Array.from(new TextEncoder().encode(part)),
    ),
  );
const EBML = [0x1a, 0x45, 0xdf, 0xa3];

describe("the media type of a file", () => {
  it.each([
    ["clip.mp4", bytes(0, 0, 0, 24, "ftypisom"), "video/mp4"],
    ["song.m4a", bytes(0, 0, 0, 24, "ftypisom"), "audio/mp4"],
    ["clip.mov", bytes(0, 0, 0, 20, "ftypqt  "), "video/quicktime"],
    ["clip.webm", bytes(...EBML, "....webm"), "video/webm"],
    ["clip.mkv", bytes(...EBML, "....matroska"), "video/x-matroska"],
    ["song.ogg", bytes("OggS"), "audio/ogg"],
    ["film.ogv", bytes("OggS"), "video/ogg"],
    ["clip.avi", bytes("RIFF", 0, 0, 0, 0, "AVI "), "video/x-msvideo"],
    ["photo.png", bytes(0x89, "PNG"), "image/png"],
    ["notes.txt", bytes("hello"), "text/plain"],
    ["NOTES.TXT", bytes("hello"), "text/plain"],
    ["noname", bytes("hello"), "application/octet-stream"],
    [undefined, bytes(), "application/octet-stream"],
  ])("%s", (name, head, type) => expect(mediaTypeOf(name, head)).toBe(type));

  it("believes the bytes before the name", () => {
    expect(mediaTypeOf("holiday.txt", bytes(...EBML, "webm"))).toBe("video/webm");
    expect(mediaTypeOf("film.mp4", bytes("OggS"))).toBe("audio/ogg");
  });
});
