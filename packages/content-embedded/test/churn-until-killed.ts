// A program: adds files, eight at a time, unpins some of them, collects garbage and compacts, until
// it is killed. Tells on standard output what was acknowledged: `A <cid> <name>` once an add was,
// `U <cid> <name>` before an unpin is asked for, `D <cid> <name>` once it was. Arguments: directory,
// seed.
import { createEmbeddedStore } from "@ipfs-kit/content-embedded";
import type { CID } from "@ipfs-kit/core";

import { generatedFile } from "./generated-file.ts";

const [directory = "", seed = "0"] = process.argv.slice(2);
const store = createEmbeddedStore({ directory, packBytes: 1024 * 1024 });
await store.start();
let count = Number(seed) * 100_000;
/** Acknowledged and waiting to be unpinned: half of all small files. */
const doomed: { cid: CID; name: string }[] = [];

function tell(what: string, cid: CID, name: string): void {
  process.stdout.write(`${what} ${cid.toString()} ${name}\n`);
}

async function addForEver(): Promise<never> {
  for (;;) {
    count += 1;
    const name = `${count}-${(count * 7919) % (count % 9 === 0 ? 1_500_000 : 20_000)}`;
    const bytes = generatedFile(name);
    async function* source() {
      for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
    }
    const { cid } = await store.add(source(), { name });
    tell("A", cid, name);
    if (count % 2 === 0) doomed.push({ cid, name });
  }
}

async function forgetForEver(): Promise<never> {
  for (;;) {
    for (const { cid, name } of doomed.splice(0)) {
      tell("U", cid, name);
      await store.unpin(cid);
      tell("D", cid, name);
    }
    for await (const cid of store.collectGarbage()) void cid;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

await Promise.all([...Array.from({ length: 8 }, addForEver), forgetForEver()]);
