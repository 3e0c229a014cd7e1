import type { IpfsKitServer } from "../server.ts";
import type { Environment } from "./command.ts";
import { COMMAND_EXIT } from "./command-exit.ts";
import { tellChecks } from "./doctor.ts";
import { Output } from "./output.ts";
import { RpcClient } from "./rpc-client.ts";

const IDLE_MS = 30_000;

export interface SelfTestInit {
  server: Pick<IpfsKitServer, "url">;
  /** Gets a line for each check: an object, or text on a terminal. */
  stderr: NodeJS.WriteStream;
  /** May hold `IPFS_KIT_TOKEN`, for a server that wants one. */
  env: Environment;
  signal: AbortSignal;
}

/**
 * `serve --run-tests`: every check of `doctor --all` that is about the server, against the one that was
 * just started.
 *
 * @returns the exit code: 0 when nothing has failed, 1 otherwise
 */
export async function runSelfTest({ server, stderr, env, signal }: SelfTestInit): Promise<number> {
  const token = env["IPFS_KIT_TOKEN"] || undefined;
  const client = new RpcClient({ url: new URL(server.url), token, idleMs: IDLE_MS });
  const output = new Output({
    // On stdout there is the ready line and nothing else.
    stdout: stderr,
    stderr,
    json: !stderr.isTTY,
    outlivesReader: true,
    signal,
  });
  try {
    const init = { server: client, env, all: true, machine: false, signal };
    return (await tellChecks(init, output)) ? COMMAND_EXIT.ok : COMMAND_EXIT.failed;
  } catch (error) {
    if (signal.aborted) return COMMAND_EXIT.failed;
    throw error;
  }
}
