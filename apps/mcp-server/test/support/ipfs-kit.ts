import { PassThrough } from "node:stream";

import { COMMANDS, runCommand } from "../../src/commands/run-command.ts";

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
}

/** Runs one command line as a shell would, without a terminal. */
export async function runIpfsKit(
  args: readonly string[],
  { stdin = [], url, signal = new AbortController().signal }: IpfsKitInit,
): Promise<Ran> {
  const [name = "", ...rest] = args;
  const command = COMMANDS.get(name);
  if (command === undefined) throw new Error(`There is no command ${name}.`);
  const [out, err] = [new PassThrough(), new PassThrough()];
  const [stdout, stderr] = [bytesOf(out), bytesOf(err)];
  const code = await runCommand(command, rest, {
    stdin: () =>
      (async function* () {
        yield* stdin;
      })(),
    stdout: out,
    stderr: err,
    env: { IPFS_KIT_SERVER: url },
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
