import * as dagCbor from "@ipld/dag-cbor";
import * as dagJson from "@ipld/dag-json";
import * as dagPb from "@ipld/dag-pb";
import { CID, IpfsKitError } from "@ipfs-kit/core";
import * as json from "multiformats/codecs/json";
import * as raw from "multiformats/codecs/raw";
import type { MultihashHasher } from "multiformats/hashes/interface";
import { sha256, sha512 } from "multiformats/hashes/sha2";

import { MAX_DATA_DEPTH } from "./defaults.ts";
import { refused } from "./refusals.ts";

/** A way to write data into a block. */
export interface Codec {
  code: number;
  /** @throws IpfsKitError `invalid_request` for data the codec cannot hold */
  encode(data: unknown): Uint8Array;
  /** @throws IpfsKitError `invalid_request` for bytes that are not in this codec, or nested too deeply */
  decode(bytes: Uint8Array): unknown;
}

const CODECS: ReadonlyMap<string, Codec> = new Map<string, Codec>([
  ["dag-cbor", guarded("dag-cbor", dagCbor.code, dagCbor.encode, dagCbor.decode)],
  ["dag-json", guarded("dag-json", dagJson.code, dagJson.encode, dagJson.decode)],
  ["dag-pb", guarded("dag-pb", dagPb.code, encodePb, dagPb.decode)],
  ["json", guarded("json", json.code, json.encode, json.decode)],
  ["raw", guarded("raw", raw.code, encodeRaw, raw.decode)],
]);

/** The codec Kubo knows by that name. @throws HttpError `invalid_request` */
export function codecNamed(name: string): Codec {
  const codec = CODECS.get(name);
  if (codec !== undefined) return codec;
  throw refused(`unknown multicodec: "${name.slice(0, 64)}"`);
}

/** The codec of a block. @throws IpfsKitError `not_supported` */
export function codecOf(cid: CID): Codec {
  for (const codec of CODECS.values()) if (codec.code === cid.code) return codec;
  throw new IpfsKitError(
    "not_supported",
    `Blocks of codec 0x${cid.code.toString(16)} are not decoded here.`,
  );
}

const HASHERS: ReadonlyMap<string, MultihashHasher> = new Map<string, MultihashHasher>([
  ["sha2-256", sha256],
  ["sha2-512", sha512],
]);

/** The hash Kubo knows by that name. @throws HttpError `invalid_request` */
export function hasherNamed(name: string): MultihashHasher {
  const hasher = HASHERS.get(name);
  if (hasher !== undefined) return hasher;
  throw refused(`unrecognized multihash function: ${name.slice(0, 64)}`);
}

function guarded(
  name: string,
  code: number,
  encode: (data: unknown) => Uint8Array,
  decode: (bytes: Uint8Array) => unknown,
): Codec {
  return {
    code,
    encode(data) {
      try {
        return encode(data);
      } catch (cause) {
        throw unfit(`This data does not fit into ${name}`, cause);
      }
    },
    decode(bytes) {
      let data: unknown;
      try {
        // Too deep a nesting ends here as well: the decoders run out of stack, which does no harm.
        data = decode(bytes);
      } catch (cause) {
        throw unfit(`This is no ${name}`, cause);
      }
      assertShallow(data);
      return data;
    },
  };
}

function encodePb(data: unknown): Uint8Array {
  return dagPb.encode(dagPb.prepare(data));
}

function encodeRaw(data: unknown): Uint8Array {
  if (data instanceof Uint8Array) return data;
  throw new TypeError("raw holds bytes only");
}

/** @throws HttpError `invalid_request` for data nested so deeply that those who walk it would fail */
function assertShallow(root: unknown): void {
  const rest: [value: unknown, depth: number][] = [[root, 1]];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const [value, depth] = next;
    if (!isNested(value)) continue;
    if (depth > MAX_DATA_DEPTH) {
      throw refused(`Data may be nested ${MAX_DATA_DEPTH} levels deep, not more.`);
    }
    for (const inner of Object.values(value)) rest.push([inner, depth + 1]);
  }
}

function isNested(value: unknown): value is object {
  const isObject = typeof value === "object" && value !== null;
  return isObject && !(value instanceof Uint8Array) && CID.asCID(value) === null;
}

function unfit(what: string, cause: unknown): IpfsKitError {
  const why = cause instanceof Error ? cause.message.slice(0, 200) : "";
  return new IpfsKitError("invalid_request", `${what}: ${why}`, { cause });
}
