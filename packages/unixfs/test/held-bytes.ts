import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage: unknown = runInNewContext("gc");

/** Bytes this process really holds in its heap and its buffers, without what is garbage. */
export function heldBytes(): number {
  // Buffers that the first finds unused are counted until the second.
  for (let round = 0; round < 2; round += 1) {
    if (typeof collectGarbage === "function") collectGarbage();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
