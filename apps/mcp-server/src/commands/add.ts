import { IpfsKitError, type TreeEntry } from "@ipfs-kit/core";

import { type Command, type CommandContext, type CommandInput } from "./command.ts";
import { UsageError } from "./command-exit.ts";
import { localSize, localTree } from "./local-tree.ts";
import { multipartBody } from "./multipart-body.ts";
import { humanBytes } from "./output.ts";
import { Progress } from "./progress.ts";
import { textAt } from "./json-fields.ts";

export const add: Command = {
  name: "add",
  summary: "Add files and folders, or what is piped in; prints their CIDs.",
  usage: "[path…]",
  completes: "file",
  changes: true,
  readsInput: true,
  flags: {
    name: { type: "string", value: "<text>", help: "Name of what is piped in, and of the pin." },
    wrap: { type: "boolean", short: "w", help: "Put everything into one folder." },
    hidden: { type: "boolean", short: "H", help: "Take names that begin with a dot as well." },
    "no-pin": { type: "boolean", help: "Do not keep it: garbage collection may take it." },
    "only-hash": { type: "boolean", short: "n", help: "Tell the CIDs, store nothing." },
    "cid-version": {
      type: "string",
      value: "<0|1>",
      choices: ["0", "1"],
      help: "0 makes CIDs as Kubo always did, 1 those of the profile unixfs-v1-2025. Default 1.",
    },
    quiet: { type: "boolean", short: "q", help: "Print nothing but the CID of the last root." },
  },
  async run(input, { server, output, stdin, signal }) {
    const source = await sourceOf(input, { stdin, output });
    const counted = new CountedEntries(source.entries);
    const query = {
      "cid-version": input.text("cid-version"),
      "only-hash": input.isOn("only-hash"),
      pin: !input.isOn("no-pin"),
      "pin-name": input.text("name"),
      "wrap-with-directory": input.isOn("wrap"),
    };
    let last: { cid: string; name: string } | undefined;
    let told = 0;
    try {
      const body = multipartBody(counted);
      for await (const line of server.lines("add", { query, body, signal })) {
        const [cid, name] = [textAt(line, "Hash"), textAt(line, "Name") ?? ""];
        // A word on how far it is.
        if (cid === undefined) continue;
        last = { cid, name };
        told += 1;
        if (input.isOn("quiet")) continue;
        source.progress.end();
        const dagSize = Number(textAt(line, "Size") ?? 0);
        const size = humanBytes(dagSize);
        await output.result(
          { cid, name, dag_size: dagSize },
          `${cid}  ${size.padStart(10)}  ${name}`,
        );
      }
    } catch (error) {
      if (signal.aborted && told > 0) {
        output.note(
          input.isOn("wrap")
            ? "The folder around all was not made: add it again, or gc removes what was stored."
            : "Of the paths given, those whose CID was told are stored: add the others again.",
        );
      }
      throw error;
    } finally {
      source.progress.end();
    }
    if (last === undefined || told < counted.count) {
      throw new IpfsKitError(
        "unavailable",
        `The server told ${told} CIDs for ${counted.count} files and folders: not all is stored.`,
      );
    }
    if (input.isOn("quiet")) await output.result(last, last.cid);
  },
};

/** The same entries, counted as they go: a server that tells of fewer has not stored them all. */
class CountedEntries implements AsyncIterable<TreeEntry> {
  readonly #entries: AsyncIterable<TreeEntry>;
  count = 0;

  constructor(entries: AsyncIterable<TreeEntry>) {
    this.#entries = entries;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TreeEntry, void> {
    for await (const entry of this.#entries) {
      this.count += 1;
      yield entry;
    }
  }
}

async function sourceOf(
  input: CommandInput,
  { stdin, output }: Pick<CommandContext, "stdin" | "output">,
): Promise<{ entries: AsyncIterable<TreeEntry>; progress: Progress }> {
  const paths = input.arguments;
  const fromStdin = paths.length === 0 || paths.includes("-");
  const options = { hidden: input.isOn("hidden") };
  if (!fromStdin) {
    const progress = new Progress(output, output.isWatched ? await localSize(paths, options) : 0);
    const onBytes = (bytes: number, path: string) => progress.add(bytes, path);
    return { entries: localTree(paths, { ...options, onBytes }), progress };
  }
  if (paths.length > 1) throw new UsageError('"-" stands for the input and must stand alone.');
  const bytes = stdin();
  if (bytes === undefined) throw new UsageError("Name a file or folder, or pipe something in.");
  const progress = new Progress(output, undefined);
  return { entries: piped(bytes, input.text("name") ?? "", progress), progress };
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
