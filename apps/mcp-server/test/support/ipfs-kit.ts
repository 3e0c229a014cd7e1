import { PassThrough } from "node:stream";

import { runCommandLine } from "../../src/commands/run-command-line.ts";
import { TREE } from "../../src/commands/tree.ts";

export interface Ran {
  code: number;
  stdout: Buffer;
  stderr: string;
  /** The objects of `--json`. */
  objects: unknown[];
}

export interface IpfsKitInit {
  /** The server to ask. */
  url: string;
  stdin?: readonly Uint8Array[];
  signal?: AbortSignal;
  /** Whether stderr is a terminal. @default false */
  isWatched?: boolean;
  /** Told of every piece of stdout as it comes. */
  onStdout?: (piece: Buffer) => void;
  /** Variables besides the one that names the server. */
  env?: Readonly<Record<string, string>>;
}

/** Runs one command line as a shell would, without a terminal. */
export async function runIpfsKit(
  args: readonly string[],
  { stdin = [], url, signal = new AbortController().signal, env = {}, ...init }: IpfsKitInit,
): Promise<Ran> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  if (init.onStdout !== undefined) out.on("data", init.onStdout);
  const [stdout, stderr] = [bytesOf(out), bytesOf(err)];
  const code = await runCommandLine(TREE, args, {
    stdin: () =>
      (async function* () {
        yield* stdin;
      })(),
    stdout: out,
    stderr: Object.assign(err, { isTTY: init.isWatched === true }),
    env: { IPFS_KIT_SERVER: url, ...env },
    signal,
  });
  out.end();
  err.end();
  const text = await stdout;
  return {
    code,
    stdout: text,
    stderr: (await stderr).toString(),
    get objects() {
      return text
        .toString()
        .split("\n")
        .filter((line) => line !== "")
        .map((line): unknown => JSON.parse(line));
    },
  };
}

async function bytesOf(stream: PassThrough): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
