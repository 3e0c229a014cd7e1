// A program: adds, unpins and collects garbage, until it is killed. Prints `+ CID name` once an add
// was acknowledged, `? name` before it unpins one, `- name` once that was acknowledged, and `gc` after
// a collection. Arguments: directory, seed.
import { createEmbeddedStore } from "@ipfs-kit/content-embedded";
import type { AddedEntry, CID } from "@ipfs-kit/core";

import { generatedFile } from "./generated-file.ts";

const [directory = "", seed = "0"] = process.argv.slice(2);
const store = createEmbeddedStore({ directory, packBytes: 1024 * 1024 });
await store.start();

let count = Number(seed) * 100_000;

async function* sourceOf(name: string): AsyncGenerator<Uint8Array> {
  const bytes = generatedFile(name);
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

async function addFile(name: string): Promise<CID> {
  return (await store.add(sourceOf(name), { name })).cid;
}

/** A folder of three files that its name alone brings back. */
async function addFolder(name: string): Promise<CID> {
  async function* tree() {
    for (const part of [0, 1, 2]) yield { path: `${name}/${part}`, content: sourceOf(name) };
  }
  let last: AddedEntry | undefined;
  for await (const entry of store.addTree(tree())) last = entry;
  if (last === undefined) throw new Error("Nothing was told of the folder.");
  return last.cid;
}

async function addAndLetGo(): Promise<never> {
  for (;;) {
    count += 1;
    const name = `${count}-${1 + ((count * 7919) % (count % 9 === 0 ? 1_500_000 : 9_000))}`;
    const cid = await addFile(name);
    process.stdout.write(`+ ${cid.toString()} ${name}\n`);
    if (count % 3 !== 0) continue;
    process.stdout.write(`? ${name}\n`);
    await store.unpin(cid);
    process.stdout.write(`- ${name}\n`);
    // Finds its blocks here, as garbage.
    const folder = await addFolder(`${name}-folder`);
    process.stdout.write(`+ ${folder.toString()} ${name}-folder\n`);
  }
}

async function collectForEver(): Promise<never> {
  for (;;) {
    let removed = 0;
    for await (const cid of store.collectGarbage()) removed += cid.version;
    process.stdout.write(`gc ${removed}\n`);
    await new Promise(setImmediate);
  }
}

await Promise.all([...Array.from({ length: 8 }, addAndLetGo), collectForEver()]);
