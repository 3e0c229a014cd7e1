import { IpfsKitError } from "@ipfs-kit/core";

import { MAX_NAME_CHARACTERS } from "../defaults.ts";
import { badParameter } from "../edge/http-error.ts";

export interface AddRequestOptions {
  pin: boolean;
  progress: boolean;
  /** Under which name to keep it, instead of the file's. */
  pinName: string | undefined;
}

/**
 * Kubo's arguments that would change the CID or what is kept, with the one value that is what this
 * build does anyway. Anything else is refused: an answer that silently did something different
 * would not be true. Arguments outside this list are ignored, as Kubo does.
 */
const ONLY_VALUE: ReadonlyMap<string, string> = new Map([
  ["chunker", ""],
  ["cid-version", "1"],
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
  ["only-hash", "false"],
  ["preserve-mode", "false"],
  ["preserve-mtime", "false"],
  ["raw-leaves", "true"],
  ["to-files", ""],
  ["trickle", "false"],
  ["wrap-with-directory", "false"],
]);

/** @throws HttpError `invalid_request`; IpfsKitError `not_supported` */
export function readAddOptions(query: URLSearchParams): AddRequestOptions {
  for (const [name, only] of ONLY_VALUE) {
    const given = query.get(name);
    // A switch without a value is on.
    const value = given === "" && (only === "false" || only === "true") ? "true" : given;
    if (value === null || value === only || value === "") continue;
    throw new IpfsKitError(
      "not_supported",
      `${name}=${value.slice(0, 32)} is not supported${only === "" ? "" : `, only ${name}=${only}`}.`,
    );
  }
  return {
    pin: readBoolean(query, "pin", true),
    progress: readBoolean(query, "progress", false),
    pinName: readPinName(query),
  };
}

function readPinName(query: URLSearchParams): string | undefined {
  const name = query.get("pin-name");
  if (name === null || name === "") return undefined;
  if (name.length <= MAX_NAME_CHARACTERS) return name;
  throw badParameter("pin-name", `has at most ${MAX_NAME_CHARACTERS} characters`);
}

function readBoolean(query: URLSearchParams, name: string, otherwise: boolean): boolean {
  const value = query.get(name);
  if (value === null) return otherwise;
  if (value === "true" || value === "") return true;
  if (value === "false") return false;
  throw badParameter(name, 'is "true" or "false"');
}
