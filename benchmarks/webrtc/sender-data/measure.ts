import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

import { END_NAMES } from "./end.ts";
import { ENDS } from "./ends.ts";
import type { FromReceiver, ToReceiver } from "./receiver.ts";

/** What one run of one pair gave. */
export interface DataRun {
  megabytesPerSecond: number;
  /** Of the sending process, for each kilobyte. */
  microsecondsPerKilobyte: number;
}

const MESSAGE = Buffer.alloc(16 * 1024, 7);
/** What is given to the channel ahead of the network. */
const AHEAD_BYTES = 1024 * 1024;
const WARM_UP_MS = 3_000;
const DEADLINE_MS = 20_000;

const [given = "", seconds = "5"] = process.argv.slice(2);
const name = END_NAMES.find((known) => known === given);
if (name === undefined) throw new Error(`There is no end ${given}.`);
const receiver = fork(fileURLToPath(new URL("receiver.ts", import.meta.url)), [name], {
  stdio: ["ignore", "ignore", "inherit", "ipc"],
});

const end = ENDS[name]();
const answer = await ask({ type: "offer", sdp: await end.describe() });
await end.accept(answer.type === "answer" ? answer.sdp : "");
await end.opened;
const feed = setInterval(() => {
  while (end.bufferedAmount() < AHEAD_BYTES) end.send(MESSAGE);
}, 1);

await pause(WARM_UP_MS);
const bytesBefore = await receivedBytes();
const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
await pause(Number(seconds) * 1_000);
const cpu = process.cpuUsage(cpuBefore);
const bytes = (await receivedBytes()) - bytesBefore;
const elapsed = (performance.now() - startedAt) / 1_000;
clearInterval(feed);

const run: DataRun = {
  megabytesPerSecond: bytes / 1e6 / elapsed,
  microsecondsPerKilobyte: (cpu.user + cpu.system) / (bytes / 1_000),
};
process.stdout.write(JSON.stringify(run));
receiver.disconnect();
process.exit();

async function receivedBytes(): Promise<number> {
  const message = await ask({ type: "count" });
  return message.type === "count" ? message.bytes : 0;
}

async function ask(message: ToReceiver): Promise<FromReceiver> {
  const { promise, resolve, reject } = Promise.withResolvers<FromReceiver>();
  const timer = setTimeout(() => reject(new Error("The receiver does not answer.")), DEADLINE_MS);
  receiver.once("message", resolve);
  receiver.send(message);
  return promise.finally(() => clearTimeout(timer));
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}
