// A program: fills a store until the system lets no file grow further, then goes on with what fits.
// Run under a limit on the size of files, which a program meets like a full disk. Argument: directory.
import { createEmbeddedStore } from "@ipfs-kit/content-embedded";
import { errorCodeOf } from "@ipfs-kit/core";

import { generatedFile } from "./generated-file.ts";

const [directory = ""] = process.argv.slice(2);
const store = createEmbeddedStore({ directory });
await store.start();

async function add(name: string): Promise<string> {
  async function* source() {
    yield generatedFile(name);
  }
  const { cid } = await store.add(source(), { name });
  return cid.toString();
}

async function outcomeOf(work: Promise<string>): Promise<string> {
  return work.then(
    () => "ok",
    (error: unknown) => errorCodeOf(error),
  );
}

const outcomes = [
  await outcomeOf(add("1-3000000")),
  await outcomeOf(add("2-3000000")),
  await outcomeOf(add("3-50000")),
];
const { pins } = await store.listPins();
for (const { cid, name = "" } of pins) {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.read(cid)) pieces.push(piece);
  const isWhole = Buffer.concat(pieces).equals(generatedFile(name));
  outcomes.push(`${name} ${isWhole ? "whole" : "damaged"}`);
}
await store.stop();
process.stdout.write(`${JSON.stringify(outcomes)}\n`);
