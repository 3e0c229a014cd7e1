import { execFileSync } from "node:child_process";
import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, onTestFinished } from "vitest";

const MIB = 1024 * 1024;

/** A disk of its own: an ext4 image, mounted. */
export interface LoopDisk {
  image: string;
  /** Where it is mounted. */
  path: string;
  unmount: () => void;
}

/** Makes and mounts a disk; gone when the test is over. */
export function loopDisk(megabytes: number, options = ""): LoopDisk {
  const image = join(temporary(), "disk.img");
  const file = openSync(image, "w");
  ftruncateSync(file, megabytes * MIB);
  closeSync(file);
  run("mkfs.ext4", ["-q", "-F", "-m", "0", image]);
  return mountImage(image, options);
}

/** Mounts an image as it is: what its journal says is made good, as after a power cut. */
export function mountImage(image: string, options = ""): LoopDisk {
  const path = join(temporary(), "disk");
  mkdirSync(path);
  run("mount", ["-o", options === "" ? "loop" : `loop,${options}`, image, path]);
  let isMounted = true;
  const unmount = () => {
    if (isMounted) run("umount", [path]);
    isMounted = false;
  };
  onTestFinished(() => {
    // After a failed test somebody may still be in there.
    if (isMounted) run("umount", ["--lazy", path]);
    isMounted = false;
  });
  return { image, path, unmount };
}

/** Tests that need disks of their own. Where none can be mounted they are skipped, and it is said why. */
export function describeWithDisks(name: string, tests: () => void): void {
  const reason = reasonAgainst();
  if (reason !== undefined) console.warn(`No disk can be mounted (${reason}): tests are skipped.`);
  const suffix = reason === undefined ? "" : ` (skipped: no disk can be mounted: ${reason})`;
  describe.skipIf(reason !== undefined)(`${name}${suffix}`, () => {
    tests();
  });
}

export function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), "content-embedded-disk-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function reasonAgainst(): string | undefined {
  if (process.platform !== "linux") return "not on Linux";
  if (process.getuid?.() !== 0) return "not root";
  const directory = mkdtempSync(join(tmpdir(), "content-embedded-disk-"));
  try {
    const image = join(directory, "probe.img");
    const file = openSync(image, "w");
    ftruncateSync(file, MIB);
    closeSync(file);
    mkdirSync(join(directory, "mounted"));
    run("mkfs.ext4", ["-q", "-F", image]);
    run("mount", ["-o", "loop", image, join(directory, "mounted")]);
    run("umount", [join(directory, "mounted")]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.message.split("\n")[0] ?? "") : "unknown reason";
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
