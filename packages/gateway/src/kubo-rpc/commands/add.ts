import type { TreeEntry } from "@ipfs-kit/core";
import type { AddLine } from "@ipfs-kit/core/wire";

import { cidWriter } from "../cid-text.ts";
import type { Call, Reply } from "../command.ts";
import { PROGRESS_PAUSE_MS, PROGRESS_STEP_BYTES } from "../defaults.ts";
import { noFile, notSupported } from "../refusals.ts";
import { UNNAMED, UploadedTrees } from "../uploaded-trees.ts";
import { type AddRequestOptions, readAddOptions } from "./add-options.ts";

/**
 * `add`: takes in the files and folders of the body, streamed, and answers one line for each once it
 * is durable; what was not answered for is not visible. Each thing at the top is a root of its own,
 * unless they are wrapped into one folder.
 */
export async function add(call: Call): Promise<Reply> {
  return { lines: addAll(call, readAddOptions(call.query)), whileSending: true };
}

async function* addAll(call: Call, options: AddRequestOptions): AsyncGenerator<AddLine, void> {
  const { wrap } = options;
  const trees = new UploadedTrees(call.upload("path").files(), { plusIsSpace: call.fromKubo });
  if ((await trees.peek()) === undefined) throw noFile("path");
  for (let next = await trees.peek(); next !== undefined; next = await trees.peek()) {
    if (wrap) yield* addTree(call, options, named(call, options, trees.all()));
    else if (next.path === UNNAMED) yield* addUnnamed(call, options, trees.one());
    else yield* addTree(call, options, trees.one());
  }
}

/** A file without a name is told under its CID. */
async function* addUnnamed(
  call: Call,
  options: AddRequestOptions,
  entries: AsyncIterable<TreeEntry>,
): AsyncGenerator<AddLine, void> {
  async function* renamed(): AsyncGenerator<TreeEntry, void> {
    for await (const { content } of entries) yield { path: STAND_IN, content };
  }
  const unnamed = { ...options, pinName: options.pinName ?? "" };
  const hint = (line: object) => call.hint({ ...line, Name: "" });
  for await (const line of addTree({ ...call, hint }, unnamed, renamed())) {
    yield { ...line, Name: line.Hash ?? "" };
  }
}

/** Under this name a file without one is taken in; nobody gets to see it. */
const STAND_IN = "file";

async function* addTree(
  { store, query, signal, hint }: Call,
  { settings, pin, pinName, wrap, onlyHash, progress, silent }: AddRequestOptions,
  entries: AsyncIterable<TreeEntry>,
): AsyncGenerator<AddLine, void> {
  const write = cidWriter(query);
  const added = store.addTree(entries, {
    ...settings,
    wrap,
    pin: pin && !onlyHash,
    name: pinName,
    onlyHash,
    onProgress: progress ? progressReport((line) => hint(line)) : undefined,
    signal,
  });
  for await (const { path, cid, type, size, dagSize } of added) {
    if (silent) continue;
    // The last of its progress lines, which may have been left out.
    if (progress && type === "file") yield { Name: path, Bytes: size };
    yield { Name: path, Hash: write(cid), Size: String(dagSize) };
  }
}

/** Files without a name stand in a folder under their CID, as in Kubo: they are taken in before. */
async function* named(
  { store, signal }: Call,
  { settings, onlyHash }: AddRequestOptions,
  entries: AsyncIterable<TreeEntry>,
): AsyncGenerator<TreeEntry, void> {
  for await (const { path, content } of entries) {
    if (path !== UNNAMED || content === undefined || "symlink" in content) {
      yield { path, content };
      continue;
    }
    if (onlyHash) throw notSupported("A file without a name cannot be wrapped with only-hash.");
    const { cid } = await store.add(content, { ...settings, pin: false, signal });
    yield { path: cid.toString(), content: store.read(cid, { signal }) };
  }
}

/** At most one line per step of bytes and per pause, whichever is longer. */
function progressReport(send: (line: AddLine) => void): (path: string, bytes: number) => void {
  let current = "";
  let sentBytes = 0;
  let sentAt = 0;
  return (path, bytes) => {
    if (path !== current) sentBytes = 0;
    current = path;
    const now = performance.now();
    if (bytes - sentBytes < PROGRESS_STEP_BYTES || now - sentAt < PROGRESS_PAUSE_MS) return;
    sentBytes = bytes;
    sentAt = now;
    send({ Name: path, Bytes: bytes });
  };
}
