import type { ImportSettings } from "@ipfs-kit/core";

import type { Query } from "../query.ts";
import { notSupported, refused } from "../refusals.ts";
import { readPinName } from "./pin-add.ts";

export interface AddRequestOptions {
  settings: ImportSettings;
  pin: boolean;
  /** Under which name to keep it, instead of its own. */
  pinName: string | undefined;
  wrap: boolean;
  onlyHash: boolean;
  progress: boolean;
  silent: boolean;
}

/**
 * Kubo's arguments that would change the CID or what is kept, with the one value that is what this
 * build does anyway. Anything else is refused: an answer that silently did something different
 * would not be true.
 */
const ONLY_VALUE: ReadonlyMap<string, string> = new Map([
  ["fscache", "false"],
  ["hash", "sha2-256"],
  ["inline", "false"],
  ["nocopy", "false"],
  ["max-directory-links", ""],
  ["max-file-links", ""],
  ["max-hamt-fanout", ""],
  ["mode", ""],
  ["mtime", ""],
  ["mtime-nsecs", ""],
  ["preserve-mode", "false"],
  ["preserve-mtime", "false"],
  ["to-files", ""],
  ["trickle", "false"],
]);

/** @throws HttpError `invalid_request`, `not_supported` */
export function readAddOptions(query: Query): AddRequestOptions {
  for (const [name, only] of ONLY_VALUE) {
    const given = query.text(name);
    // A switch without a value is on.
    const value = given === "" && only === "false" ? "true" : given;
    if (value === undefined || value === only || value === "") continue;
    throw notSupported(
      `${name}=${value.slice(0, 32)} is not supported${only === "" ? "" : `, only ${name}=${only}`}.`,
    );
  }
  const options: AddRequestOptions = {
    settings: readSettings(query),
    pin: query.flag("pin", true),
    pinName: readPinName(query.text("pin-name")),
    wrap: query.flag("wrap-with-directory", false),
    onlyHash: query.flag("only-hash", false),
    progress: query.flag("progress", false),
    silent: query.flag("silent", false),
  };
  if (!options.pin && options.pinName !== undefined) {
    throw refused("pin-name option requires pin to be set");
  }
  return options;
}

/** Version 0 asks for the CIDs Kubo has always given; all else is the current profile. */
function readSettings(query: Query): ImportSettings {
  const cidVersion = query.whole("cid-version");
  if (cidVersion !== undefined && cidVersion !== 0 && cidVersion !== 1) {
    throw refused(`unknown CID version: ${cidVersion}`);
  }
  return {
    profile: cidVersion === 0 ? "unixfs-v0-2015" : "unixfs-v1-2025",
    cidVersion,
    rawLeaves: query.optionalFlag("raw-leaves"),
    chunkBytes: readChunker(query.text("chunker") ?? ""),
  };
}

function readChunker(chunker: string): number | undefined {
  if (chunker === "" || chunker === "default") return undefined;
  const size = /^size-(\d{1,10})$/.exec(chunker)?.[1];
  if (size !== undefined) {
    // The store knows how large a leaf may be.
    if (Number(size) > 0) return Number(size);
    throw refused("chunker size must be greater than 0");
  }
  if (/^(?:rabin|buzhash)/.test(chunker)) {
    throw notSupported(`chunker=${chunker.slice(0, 32)} is not supported, only size-<bytes>.`);
  }
  throw refused(`unrecognized chunker option: ${chunker.slice(0, 32)}`);
}
