import { IpfsKitError, type TreeEntry } from "@ipfs-kit/core";

import { type Command, type CommandContext, type CommandInput } from "./command.ts";
import { UsageError } from "./command-exit.ts";
import { localSize, localTree } from "./local-tree.ts";
import { multipartBody } from "./multipart-body.ts";
import { humanBytes, printable } from "./output.ts";
import { Progress } from "./progress.ts";
import { failureIn, textAt } from "./rpc-client.ts";

export const add: Command = {
  name: "add",
  summary: "Add files and folders, or what is piped in; prints their CIDs.",
  usage: "[path…]",
  flags: {
    name: { type: "string", value: "<text>", help: "Name of what is piped in, and of the pin." },
    wrap: { type: "boolean", short: "w", help: "Put everything into one folder." },
    hidden: { type: "boolean", short: "H", help: "Take names that begin with a dot as well." },
    "no-pin": { type: "boolean", help: "Do not keep it: garbage collection may take it." },
    "only-hash": { type: "boolean", short: "n", help: "Tell the CIDs, store nothing." },
    "cid-version": {
      type: "string",
      value: "<0|1>",
      help: "0 makes CIDs as Kubo always did, 1 those of the profile unixfs-v1-2025. Default 1.",
    },
    quiet: { type: "boolean", short: "q", help: "Print nothing but the CID of the last root." },
  },
  async run(input, { server, output, stdin, signal }) {
    const source = await sourceOf(input, { stdin, output });
    const query = {
      "cid-version": cidVersionIn(input),
      "only-hash": input.isOn("only-hash"),
      pin: !input.isOn("no-pin"),
      "pin-name": input.text("name"),
      "wrap-with-directory": input.isOn("wrap"),
    };
    let last: { cid: string; name: string } | undefined;
    try {
      const body = multipartBody(source.entries);
      for await (const line of server.lines("add", { query, body, signal })) {
        const [cid, name] = [textAt(line, "Hash"), textAt(line, "Name") ?? ""];
        const failure = failureIn(line);
        if (failure !== undefined) throw failure;
        // A word on how far it is.
        if (cid === undefined) continue;
        last = { cid, name };
        if (input.isOn("quiet")) continue;
        source.progress.end();
        const dagSize = Number(textAt(line, "Size") ?? 0);
        const size = humanBytes(dagSize);
        await output.result(
          { cid, name, dag_size: dagSize },
          `${cid}  ${size.padStart(10)}  ${printable(name)}`,
        );
      }
    } finally {
      source.progress.end();
    }
    if (last === undefined) throw new IpfsKitError("unavailable", "The server told no CID.");
    if (input.isOn("quiet")) await output.result(last, last.cid);
  },
};

async function sourceOf(
  input: CommandInput,
  { stdin, output }: Pick<CommandContext, "stdin" | "output">,
): Promise<{ entries: AsyncIterable<TreeEntry>; progress: Progress }> {
  const paths = input.arguments;
  const options = { hidden: input.isOn("hidden") };
  if (paths.length > 0 && !paths.includes("-")) {
    const progress = new Progress(output, output.isWatched ? await localSize(paths, options) : 0);
    const onBytes = (bytes: number, path: string) => progress.add(bytes, path);
    return { entries: localTree(paths, { ...options, onBytes }), progress };
  }
  if (paths.length > 1) throw new UsageError('"-" stands for the input and must stand alone.');
  if (stdin === undefined) throw new UsageError("Name a file or folder, or pipe something in.");
  const progress = new Progress(output, undefined);
  return { entries: piped(stdin, input.text("name") ?? "", progress), progress };
}

async function* piped(
  stdin: AsyncIterable<Uint8Array>,
  path: string,
  progress: Progress,
): AsyncGenerator<TreeEntry, void> {
  yield {
    path,
    content: (async function* () {
      for await (const chunk of stdin) {
        yield chunk;
        progress.add(chunk.length, path);
      }
    })(),
  };
}

/** Without one the server decides. */
function cidVersionIn(input: CommandInput): string | undefined {
  const given = input.text("cid-version");
  if (given === undefined || given === "0" || given === "1") return given;
  throw new UsageError("--cid-version is 0 or 1.");
}
