// A program: opens a store, says so, and closes it. Argument: directory.
import { createEmbeddedStore } from "@ipfs-kit/content-embedded";

const [directory = ""] = process.argv.slice(2);
const store = createEmbeddedStore({ directory });
process.stdout.write("opening\n");
await store.start();
process.stdout.write("open\n");
await store.stop();
