import { FRAME_MS, frameAt } from "./load.ts";
import { SUBJECT_NAMES } from "./subject-names.ts";
import { SUBJECTS, type Subject } from "./subjects.ts";
import { ViewerLink } from "./viewer-link.ts";

/** What one run of one subject gave. */
export interface SenderRun {
  packets: number;
  /** Of the packets sent while measuring, how many the viewers decrypted. */
  arrivedShare: number;
  microsecondsPerPacket: number;
  /** Of 1 Mbit/s each, that one core would carry. */
  viewersPerCore: number;
  rssMiB: number;
}

/** Until the code is optimized: a server runs for weeks. */
const WARM_UP_MS = 8_000;
const [name = "", viewers = "40", seconds = "6"] = process.argv.slice(2);
const known = SUBJECT_NAMES.find((subject) => subject === name);
if (known === undefined) throw new Error(`There is no subject ${name}.`);
const create = SUBJECTS[known];

const link = new ViewerLink();
// One by one: dozens of handshakes at once would only time each other out.
const subjects: Subject[] = [];
for (let id = 0; id < Number(viewers); id += 1) subjects.push(await create(link, id));

// Each viewer's frames come at their own time within the frame interval, and its key frames in its
// own frame of the second: together they are as even as many independent viewers are.
const timers = subjects.map((subject, id) => {
  let index = id;
  const state: { timer?: NodeJS.Timeout } = {};
  const begin = () => {
    state.timer = setInterval(() => {
      subject.sendFrame(frameAt(index), index);
      index += 1;
    }, FRAME_MS);
  };
  state.timer = setTimeout(begin, (FRAME_MS * id) / subjects.length);
  return state;
});
const sent = () => subjects.reduce((total, subject) => total + subject.sentPackets(), 0);

await pause(WARM_UP_MS);
const arrivedBefore = await link.count();
const sentBefore = sent();
const cpuBefore = process.cpuUsage();
await pause(Number(seconds) * 1_000);
const cpu = process.cpuUsage(cpuBefore);
const packets = sent() - sentBefore;
for (const { timer } of timers) clearInterval(timer);
await pause(200);
const arrived = (await link.count()) - arrivedBefore;

const microseconds = cpu.user + cpu.system;
// What was sent, in seconds of one viewer; its CPU time stands for that many viewers' seconds.
const packetsPerSecond = secondOfPackets();
const run: SenderRun = {
  packets,
  arrivedShare: arrived / packets,
  microsecondsPerPacket: microseconds / packets,
  viewersPerCore: packets / packetsPerSecond / (microseconds / 1e6),
  rssMiB: process.memoryUsage.rss() / 2 ** 20,
};
process.stdout.write(JSON.stringify(run));
await link.end();
process.exit();

function secondOfPackets(): number {
  const frames = Math.round(1_000 / FRAME_MS);
  return Array.from({ length: frames }, (_, index) => frameAt(index).payloads.length).reduce(
    (total, count) => total + count,
    0,
  );
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}
