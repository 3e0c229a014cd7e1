import { IpfsKitError } from "@ipfs-kit/core";

import { MAX_NAME_BYTES, MAX_TREE_DEPTH } from "./defaults.ts";

/**
 * The names of a path of a tree.
 *
 * @throws IpfsKitError `invalid_request` for a path that is not allowed
 */
export function namesOf(path: string): string[] {
  if (typeof path !== "string") throw badPath("", "it is no text");
  const names = path.split("/");
  if (names.length > MAX_TREE_DEPTH)
    throw badPath(path, `it has more than ${MAX_TREE_DEPTH} names`);
  for (const name of names) {
    if (name === "" || name === "." || name === "..") {
      throw badPath(path, 'no part of it may be empty, "." or ".."');
    }
    if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
      throw badPath(path, `a name in it is longer than ${MAX_NAME_BYTES} bytes`);
    }
  }
  if (path.includes("\0")) throw badPath("", "no name may hold NUL");
  // Half of a surrogate pair has no UTF-8: two different names would become the same one.
  if (!path.isWellFormed()) throw badPath(path, "it is no Unicode text");
  return names;
}

export function badPath(path: string, why: string): IpfsKitError {
  const shown = path.length > 200 ? `${path.slice(0, 200)}…` : path;
  const message = `The path ${JSON.stringify(shown)} cannot be added: ${why}.`;
  return new IpfsKitError("invalid_request", message);
}
