import type { CID } from "@ipfs-kit/core";
import { base16 } from "multiformats/bases/base16";
import { base32 } from "multiformats/bases/base32";
import { base36 } from "multiformats/bases/base36";
import { base58btc } from "multiformats/bases/base58";
import { base64, base64url } from "multiformats/bases/base64";
import type { MultibaseEncoder } from "multiformats/bases/interface";

import type { Query } from "./query.ts";
import { badArgument } from "./refusals.ts";

const BASES: ReadonlyMap<string, MultibaseEncoder<string>> = new Map<
  string,
  MultibaseEncoder<string>
>([
  ["base16", base16.encoder],
  ["base32", base32.encoder],
  ["base36", base36.encoder],
  ["base58btc", base58btc.encoder],
  ["base64", base64.encoder],
  ["base64url", base64url.encoder],
]);

/** How the caller wants CIDs written: Kubo's `cid-base` and `upgrade-cidv0-in-output`. */
export function cidWriter(query: Query): (cid: CID) => string {
  const name = query.text("cid-base");
  const upgrade = query.optionalFlag("upgrade-cidv0-in-output");
  if (name === undefined && upgrade !== true) return (cid) => cid.toString();
  const base = BASES.get(name ?? "base32");
  if (base === undefined) {
    throw badArgument("cid-base", `encoding '${String(name).slice(0, 64)}' is not known`);
  }
  const upgrades = upgrade ?? name !== "base58btc";
  return (cid) => (cid.version === 0 && !upgrades ? cid.toString() : cid.toV1().toString(base));
}

/** A CID as Kubo has it in objects that come from Go's own type. */
export function cidObject(cid: CID): { "/": string } {
  return { "/": cid.toString() };
}
