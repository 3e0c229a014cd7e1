import { spawn } from "node:child_process";
import { once } from "node:events";
import { buffer, text } from "node:stream/consumers";

import { MAIN } from "./server-process.ts";

export interface RanCommand {
  code: number | null;
  stdout: Buffer;
  stderr: string;
}

export interface CommandInit {
  /** The base URL of the server to ask. */
  http: string;
  /** @default nothing */
  input?: Uint8Array | string;
  cwd?: string;
}

/** Runs one built command to its end, as a shell would. */
export async function ipfsKit(
  args: readonly string[],
  { http, input = "", cwd }: CommandInit,
): Promise<RanCommand> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, IPFS_KIT_SERVER: http },
    stdio: ["pipe", "pipe", "pipe"],
    ...(cwd === undefined ? {} : { cwd }),
  });
  const closed = once(child, "close");
  // It may end before it has read everything.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([buffer(child.stdout), text(child.stderr)]);
  await closed;
  return { code: child.exitCode, stdout, stderr };
}

/** The CID `add` prints with `-q`. */
export async function addedCid(args: readonly string[], init: CommandInit): Promise<string> {
  const { code, stdout, stderr } = await ipfsKit(["add", "-q", ...args], init);
  if (code !== 0) throw new Error(`add ended with ${code}: ${stderr}`);
  return stdout.toString().trim();
}
