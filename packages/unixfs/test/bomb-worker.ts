import { parentPort, workerData } from "node:worker_threads";

import { BOMBS } from "./bombs.ts";

const outcomes = await BOMBS[String(workerData)]?.();
parentPort?.postMessage(outcomes);
