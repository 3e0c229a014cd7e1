import { type CID, parseCid } from "@ipfs-kit/core";

import { MAX_PATH_NAMES } from "./defaults.ts";
import { HttpError } from "./http-error.ts";

const NAMESPACE = "/ipfs/";

/** What a request asks for: `/ipfs/{root}/{names}`. */
export interface ContentPath {
  /** What stands before `/ipfs/` when the gateway is mounted somewhere; mostly empty. */
  mount: string;
  root: CID;
  /** The root as the client wrote it, which may be in another base. */
  rootText: string;
  /** Decoded, without empty ones. */
  names: string[];
  endsWithSlash: boolean;
}

/**
 * Reads the path of a request. It is decoded once and as a whole, so that every spelling of a path
 * gets the same answer: `%2F` separates names as `/` does, `//` is `/`.
 *
 * @throws IpfsKitError `invalid_cid`; HttpError `invalid_request` for what is no UTF-8, has `.` or
 *   `..` for a name, a NUL, or too many names
 */
export function parseContentPath(pathname: string): ContentPath {
  const path = decode(pathname);
  const start = path.indexOf(NAMESPACE);
  const [rootText = "", ...rest] =
    start === -1 ? [] : path.slice(start + NAMESPACE.length).split("/");
  if (rootText === "") throw refused("it names no CID");
  const names = rest.filter((name) => name !== "");
  if (names.length > MAX_PATH_NAMES) throw refused(`it has more than ${MAX_PATH_NAMES} names`);
  if (names.some((name) => name === "." || name === ".."))
    throw refused('"." and ".." are no names');
  if (path.includes("\0")) throw refused("it has a NUL");
  return {
    mount: path.slice(0, start),
    root: parseCid(rootText),
    rootText,
    names,
    endsWithSlash: path.endsWith("/"),
  };
}

/** The path as `/ipfs/{root}/{names}`, encoded: fit for a header, a link, a redirect. */
export function contentPathText({ rootText, names, endsWithSlash }: ContentPath): string {
  const path = [rootText, ...names].map((name) => encodeName(name)).join("/");
  return `${NAMESPACE}${path}${endsWithSlash ? "/" : ""}`;
}

/** What stands before `/ipfs/` in links made here. Never `//`, which would lead to another host. */
export function mountText({ mount }: Pick<ContentPath, "mount">): string {
  const names = mount.split("/").filter((name) => name !== "");
  return names.map((name) => `/${encodeName(name)}`).join("");
}

/** A name as part of a URL's path. Characters that may stand there as they are do. */
export function encodeName(name: string): string {
  return encodeURIComponent(name.toWellFormed())
    .replaceAll(/%(?:24|26|2B|3A|3D|40)/g, decodeURIComponent)
    .replaceAll("'", "%27");
}

function decode(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch (error) {
    throw refused("it is not UTF-8", error);
  }
}

function refused(why: string, cause?: unknown): HttpError {
  return new HttpError("invalid_request", `This is not a content path: ${why}.`, { cause });
}
