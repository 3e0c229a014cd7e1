import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { seededRandom } from "@ipfs-kit/testing";
import { expect, it, onTestFinished } from "vitest";

import { Ledger } from "./ledger.ts";
import { describeWithDisks, loopDisk, mountImage, run } from "./loop-disk.ts";
import { childArguments, openStore } from "./temporary-store.ts";
import { all } from "./streams.ts";

/** Cuts per test; a long battery sets 30. */
const CUTS = Number(process.env["CONTENT_EMBEDDED_POWER_CUTS"] ?? "2");
const SEED = Number(process.env["CONTENT_EMBEDDED_SEED"] ?? "1");
/** Acknowledgements between two cuts, at most. */
const APART = 40;

describeWithDisks("a power cut at the moment of an acknowledgement", () => {
  it.each([
    ["adds", new URL("add-until-killed.ts", import.meta.url)],
    ["adds, removals and compaction", new URL("churn-until-killed.ts", import.meta.url)],
  ])(
    "loses nothing acknowledged of %s",
    { timeout: 30_000 + CUTS * 10_000 },
    async (_, program) => {
      const disk = loopDisk(512);
      const random = seededRandom(SEED);
      const ledger = new Ledger(random);
      const args = childArguments(program, join(disk.path, "store"));
      const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
      const { pid = 0 } = child;
      const exited = once(child, "exit");
      onTestFinished(async () => {
        child.kill("SIGKILL");
        await exited;
      });
      const lines = createInterface(child.stdout);
      let wanted = 1;
      let reached = Promise.withResolvers<void>();
      lines.on("line", (line) => {
        ledger.take(line);
        if (ledger.acknowledged < wanted) return;
        // Nothing is written from here on: what was told until now must be on the disk.
        process.kill(pid, "SIGSTOP");
        reached.resolve();
      });
      for (let cut = 0; cut < CUTS; cut += 1) {
        await reached.promise;
        await stopped(pid);
        // What it told before it was stopped may still be in the pipe.
        for (let turn = 0; turn < 20; turn += 1) await new Promise((done) => setTimeout(done, 1));
        const copy = `${disk.image}.${cut}`;
        run("cp", ["--sparse=always", disk.image, copy]);
        const after = mountImage(copy);
        const store = await openStore(join(after.path, "store"));
        expect(await ledger.check(store, { all: cut === CUTS - 1 })).toEqual([]);
        expect(await all(store.blocks.scrub())).toEqual([]);
        await store.stop();
        after.unmount();
        run("rm", [copy]);
        wanted = ledger.acknowledged + 1 + Math.floor(random() * APART);
        reached = Promise.withResolvers();
        process.kill(pid, "SIGCONT");
      }
      child.kill("SIGKILL");
      await exited;
      if (CUTS > 2) console.info(`${CUTS} cuts, ${ledger.acknowledged} acknowledged, 0 lost`);
    },
  );
});

/** Resolves when no thread of the process runs any more. */
async function stopped(pid: number): Promise<void> {
  const tasks = `/proc/${pid}/task`;
  const isStopped = () =>
    readdirSync(tasks).every((id) => / T /.test(readFileSync(`${tasks}/${id}/stat`, "utf8")));
  while (!isStopped()) await new Promise((resolve) => setTimeout(resolve, 1));
}
