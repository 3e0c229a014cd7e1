import { setTimeout as sleep } from "node:timers/promises";

import { cidWriter } from "../cid-text.ts";
import type { Call, Reply } from "../command.ts";
import { MAX_PIN_NAME_BYTES, PIN_PROGRESS_MS } from "../defaults.ts";
import { resolveToBlock } from "../resolve-argument.ts";
import { refused } from "../refusals.ts";

/** `pin/add?arg&recursive&name&progress`. */
export async function pinAdd(call: Call): Promise<Reply> {
  const { query } = call;
  const kind = query.flag("recursive", true) ? "recursive" : "direct";
  const name = readPinName(query.text("name"));
  const paths = await call.args("ipfs-path");
  if (!query.flag("progress", false)) return { value: { Pins: await pinAll() } };
  return { lines: withProgress(pinAll, call.signal) };

  async function pinAll(): Promise<string[]> {
    const { store, signal } = call;
    const write = cidWriter(query);
    const pins: string[] = [];
    for (const path of paths) {
      const cid = await resolveToBlock(store.blocks, path, { signal });
      await store.pin(cid, { kind, name, signal });
      pins.push(write(cid));
    }
    return pins;
  }
}

/** A line now and then while it goes on, then what was pinned. */
async function* withProgress(
  pinAll: () => Promise<string[]>,
  signal: AbortSignal,
): AsyncGenerator<object, void> {
  const done = pinAll().then((Pins) => ({ Pins }));
  for (;;) {
    const next = await Promise.race([done, sleep(PIN_PROGRESS_MS, undefined, { signal })]);
    if (next !== undefined) {
      yield next;
      return;
    }
    // How many blocks were seen the store does not tell: it says that it is alive, no more.
    yield { Progress: 0 };
  }
}

/** @throws HttpError `invalid_request` for a name that is too long */
export function readPinName(name: string | undefined): string | undefined {
  if (name === undefined || name === "") return undefined;
  const bytes = Buffer.byteLength(name);
  if (bytes <= MAX_PIN_NAME_BYTES) return name;
  throw refused(`pin name is ${bytes} bytes (max ${MAX_PIN_NAME_BYTES} bytes)`);
}
