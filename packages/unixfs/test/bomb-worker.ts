import { parentPort, workerData } from "node:worker_threads";

import { BOMBS } from "./bombs.ts";

const outcomes = await BOMBS[String(workerData)]?.();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has no origins
parentPort?.postMessage(outcomes);
