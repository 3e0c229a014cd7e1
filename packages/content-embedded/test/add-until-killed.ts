// A program: adds files, eight at a time, until it is killed. Prints `A`, the CID and the name of a file
// once its add was acknowledged. Arguments: directory, seed.
import { createEmbeddedStore } from "@ipfs-kit/content-embedded";

import { generatedFile } from "./generated-file.ts";

const [directory = "", seed = "0"] = process.argv.slice(2);
const store = createEmbeddedStore({ directory, packBytes: 8 * 1024 * 1024 });
await store.start();

let count = Number(seed) * 100_000;

async function addForEver(): Promise<never> {
  for (;;) {
    count += 1;
    const name = `${count}-${(count * 7919) % (count % 5 === 0 ? 3_000_000 : 20_000)}`;
    const bytes = generatedFile(name);
    async function* source() {
      for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
    }
    const { cid } = await store.add(source(), { name });
    process.stdout.write(`A ${cid.toString()} ${name}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, addForEver));
