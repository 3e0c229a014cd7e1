import type { CID } from "@ipfs-kit/core";

/** A value in a dag-cbor or dag-json block, or the end of the map or list opened last. */
export type DataToken =
  | { kind: "map" | "list" | "value"; key: DataKey }
  | { kind: "link"; key: DataKey; cid: CID }
  | { kind: "end" };

/** The name of a value in a map, or its place in a list; `undefined` for the outermost one. */
type DataKey = string | number | undefined;

/** Values a map or list still has, and where we are in it. */
export interface OpenData {
  isMap: boolean;
  /** Place of the next value. */
  index: number;
}
