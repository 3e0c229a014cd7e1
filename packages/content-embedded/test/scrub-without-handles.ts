// A program: scrubs a store while the process may open no more files, and once more when it may.
// Argument: directory. Prints what each scrub gave, as JSON.
import { closeSync, openSync } from "node:fs";

import { createEmbeddedStore } from "@ipfs-kit/content-embedded";
import { errorCodeOf } from "@ipfs-kit/core";

const [directory = ""] = process.argv.slice(2);
const store = createEmbeddedStore({ directory });
await store.start();

// Loads what the scrub needs.
await scrubbed();
const handles = takeAllHandles();
const without = await scrubbed();
for (const handle of handles) closeSync(handle);
const afterwards = await scrubbed();
process.stdout.write(JSON.stringify({ without, afterwards }));
await store.stop();

async function scrubbed(): Promise<string> {
  let damaged = 0;
  try {
    for await (const block of store.blocks.scrub()) damaged += block.reason === "" ? 0 : 1;
  } catch (error) {
    return errorCodeOf(error);
  }
  return `${damaged} damaged`;
}

function takeAllHandles(): number[] {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync("/dev/null", "r"));
  } catch {
    return taken;
  }
}
