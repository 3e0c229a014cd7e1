import { execFile } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { findKubo, seededBytes } from "@ipfs-kit/testing";

export interface CommandResult {
  exitCode: number;
  /** Each byte as one character. */
  stdout: string;
  /** What it says went wrong: the first line of that, without progress bars. */
  message: string;
}

export interface IpfsCommandInit {
  /** URL of the API to talk to. */
  api: string;
  /** Where it runs: its files are named relative to this. */
  folder: string;
  /** An `IPFS_PATH` it may look into; it does not use what is there. */
  repo: string;
}

/** Kubo's `ipfs` command, as a client of one server. */
export class IpfsCommand {
  readonly #init: IpfsCommandInit;

  constructor(init: IpfsCommandInit) {
    this.#init = init;
  }

  get folder(): string {
    return this.#init.folder;
  }

  /**
   * Runs the command to its end. A server may refuse a call before it has read the body; on a busy
   * machine the command then sees the connection break while it still writes, and shows that in place
   * of the answer, with a real daemon too. Then it is asked again, at most three times.
   */
  async run(args: readonly string[], input: string | Uint8Array = ""): Promise<CommandResult> {
    let result = await this.#runOnce(args, input);
    for (let again = 0; again < 3 && BROKEN_WHILE_WRITING.test(result.message); again += 1) {
      result = await this.#runOnce(args, input);
    }
    return result;
  }

  async #runOnce(args: readonly string[], input: string | Uint8Array): Promise<CommandResult> {
    const { api, folder, repo } = this.#init;
    const { hostname, port } = new URL(api);
    const command = findKubo() ?? "ipfs";
    const { promise, resolve } = Promise.withResolvers<CommandResult>();
    const child = execFile(
      command,
      ["--api", `/ip4/${hostname}/tcp/${port}`, ...args],
      {
        cwd: folder,
        encoding: "buffer",
        env: { ...process.env, IPFS_PATH: repo, HOME: repo, IPFS_TELEMETRY: "off" },
        maxBuffer: 64 * 1024 * 1024,
        timeout: 30_000,
      },
      (error, stdout, stderr) => {
        const message = /^Error: (?<message>.*)$/m.exec(stderr.toString())?.groups?.["message"];
        const exitCode = typeof error?.code === "number" ? error.code : error === null ? 0 : -1;
        resolve({ exitCode, stdout: stdout.toString("latin1"), message: message ?? "" });
      },
    );
    child.stdin?.end(input);
    return promise;
  }
}

const BROKEN_WHILE_WRITING = /write: (?:broken pipe|connection reset by peer)$/;

/** The same small files wherever it is called: what the commands of a test are about. */
export async function makeFiles(folder: string): Promise<void> {
  await mkdir(join(folder, "tree/sub/deeper"), { recursive: true });
  await mkdir(join(folder, "empty/inside"), { recursive: true });
  await mkdir(join(folder, "wide"));
  await writeFile(join(folder, "tree/a.txt"), "hello\n");
  await writeFile(join(folder, "tree/Z"), "");
  await writeFile(join(folder, "tree/big.bin"), seededBytes(3_000_000, 7));
  await writeFile(join(folder, "odd.bin"), seededBytes(1_000_000, 8));
  await writeFile(join(folder, "tree/sub/b"), "x\n");
  await writeFile(join(folder, "tree/sub/deeper/ä ö"), "deep");
  await symlink("a.txt", join(folder, "tree/link"));
  await writeFile(join(folder, "a b+c%20.txt"), "an odd name");
  await writeFile(join(folder, "node.json"), NODE);
  for (let index = 0; index < 300; index += 1) {
    await writeFile(join(folder, `wide/file-${index}`), `${index}`);
  }
}

/** A node with a link and bytes in it, as dag-json. */
const NODE = JSON.stringify({
  b: [1, { "/": "bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am" }],
  a: { "/": { bytes: "AQI" } },
});
