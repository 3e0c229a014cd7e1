import {
  type CID,
  type ContentRepository,
  LimitExceededError,
  NotFoundError,
  type Pin,
} from "@ipfs-kit/core";

import { cidWriter } from "../cid-text.ts";
import type { Call, Reply } from "../command.ts";
import { MAX_COLLECTED, PIN_PAGE_ROWS } from "../defaults.ts";
import { resolveToBlock } from "../resolve-argument.ts";
import { refused } from "../refusals.ts";
import { walkCids } from "../walk-cids.ts";
import { readPinName } from "./pin-add.ts";

const KINDS = ["direct", "indirect", "recursive", "all"] as const;
type Kind = (typeof KINDS)[number];

interface Row {
  cid: CID;
  type: string;
  name: string;
}

/** `pin/ls?arg&type&names&name&stream`: what is kept, and on request what is kept with it. */
export async function pinLs(call: Call): Promise<Reply> {
  const { store, query, signal } = call;
  const kind = readKind(query.text("type") ?? "all");
  const nameFilter = readPinName(query.text("name"));
  const names = query.flag("names", false) || nameFilter !== undefined;
  const write = cidWriter(query);
  const paths = query.args();
  const rows =
    paths.length > 0 ? listGiven(call, paths, kind) : listAll(store, { kind, nameFilter, signal });
  if (query.flag("stream", false)) {
    return {
      lines: (async function* () {
        for await (const { cid, type, name } of rows) {
          const shown = names && name !== "" ? { Name: name } : {};
          yield { Cid: write(cid), ...shown, Type: type };
        }
      })(),
    };
  }
  const keys: [string, { Type: string; Name: string }][] = [];
  for await (const { cid, type, name } of rows) {
    if (keys.length >= MAX_COLLECTED) throw tooMany();
    keys.push([write(cid), { Type: type, Name: names ? name : "" }]);
  }
  keys.sort(([a], [b]) => (a < b ? -1 : 1));
  return { value: keys.length === 0 ? {} : { Keys: Object.fromEntries(keys) } };
}

function readKind(text: string): Kind {
  const kind = KINDS.find((known) => known === text);
  if (kind !== undefined) return kind;
  throw refused(
    `invalid type '${text.slice(0, 64)}', must be one of {direct, indirect, recursive, all}`,
  );
}

interface ListOptions {
  kind: Kind;
  nameFilter: string | undefined;
  signal: AbortSignal;
}

async function* listAll(
  store: ContentRepository,
  { kind, nameFilter, signal }: ListOptions,
): AsyncGenerator<Row, void> {
  if (kind !== "indirect") {
    const wanted = kind === "all" ? undefined : kind;
    for await (const { cid, kind: type, name = "" } of pinsOf(store, wanted, signal)) {
      if (name.includes(nameFilter ?? "")) yield { cid, type, name };
    }
  }
  // What is kept with something else has no name of its own.
  if (nameFilter !== undefined || (kind !== "indirect" && kind !== "all")) return;
  const seen = new Set<string>();
  for await (const root of pinsOf(store, "recursive", signal)) {
    for await (const cid of walkCids(store.blocks, root.cid, { seen, signal })) {
      if ((await store.findPin(cid, { signal })) !== undefined) continue;
      yield { cid, type: "indirect", name: "" };
    }
  }
}

/** The given ones, each of which must be kept. */
async function* listGiven(
  { store, signal }: Call,
  paths: readonly string[],
  kind: Kind,
): AsyncGenerator<Row, void> {
  for (const path of paths) {
    const cid = await resolveToBlock(store.blocks, path, { signal });
    const pin = await store.findPin(cid, { signal });
    if (pin !== undefined && (kind === "all" || kind === pin.kind)) {
      yield { cid, type: pin.kind, name: pin.name ?? "" };
      continue;
    }
    const mayBeIndirect = kind === "indirect" || (kind === "all" && pin === undefined);
    const via = mayBeIndirect ? await findParent(store, cid, signal) : undefined;
    if (via === undefined) {
      throw new NotFoundError(`path '${path.slice(0, 256)}' is not pinned`);
    }
    yield { cid, type: `indirect through ${via.toString()}`, name: "" };
  }
}

/** The first recursive pin that covers a block. */
async function findParent(
  store: ContentRepository,
  wanted: CID,
  signal: AbortSignal,
): Promise<CID | undefined> {
  const seen = new Set<string>();
  for await (const root of pinsOf(store, "recursive", signal)) {
    for await (const cid of walkCids(store.blocks, root.cid, { seen, signal })) {
      if (cid.equals(wanted)) return root.cid;
    }
  }
  return undefined;
}

async function* pinsOf(
  store: ContentRepository,
  kind: Pin["kind"] | undefined,
  signal: AbortSignal,
): AsyncGenerator<Pin, void> {
  let cursor: string | undefined;
  do {
    const page = await store.listPins({
      kind,
      limit: PIN_PAGE_ROWS,
      signal,
      ...(cursor === undefined ? {} : { cursor }),
    });
    yield* page.pins;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

function tooMany(): Error {
  return new LimitExceededError(
    `More than ${MAX_COLLECTED} pins do not fit into one object: ask with stream=true.`,
  );
}
