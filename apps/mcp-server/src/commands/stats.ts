import { delay } from "@ipfs-kit/core";

import type { Command } from "./command.ts";
import { fieldAt, listAt, numberAt, textAt } from "./json-fields.ts";
import { humanBytes } from "./output.ts";
import { wholeNumberIn } from "./read-input.ts";

const WATCH_SECONDS = { min: 1, max: 3600 };

export const stats: Command = {
  name: "stats",
  summary: "Tell what is stored, and what the caches do.",
  usage: "",
  count: { min: 0, max: 0 },
  flags: {
    watch: {
      type: "string",
      short: "w",
      value: "<seconds>",
      help: "Again every so many seconds, 1 to 3600, one JSON object per line, until Ctrl-C.",
    },
  },
  async run(input, { server, output, signal }) {
    const seconds = wholeNumberIn(input, "watch", WATCH_SECONDS);
    for (;;) {
      const answer = await server.json("stats", { signal });
      const record = { ...Object(answer) };
      if (seconds === undefined) {
        await output.result(record, ...linesOf(answer));
        return;
      }
      await output.object({ at: new Date().toISOString(), ...record });
      await delay(seconds * 1000, { signal });
    }
  },
};

/** For people: the store, then each cache, then what is known of content. */
function linesOf(answer: unknown): string[] {
  const repository = fieldAt(answer, "repository");
  const metadata = fieldAt(answer, "metadata");
  const [blocks, bytes] = [numberAt(repository, "blocks"), numberAt(repository, "bytes")];
  const max = numberAt(repository, "max_bytes");
  const why = textAt(repository, "reason_code");
  const store = [
    blocks === undefined ? undefined : `${blocks} blocks`,
    bytes === undefined ? undefined : humanBytes(bytes),
    max === undefined ? undefined : `of ${humanBytes(max)}`,
    why === undefined ? undefined : `not known (${why})`,
  ].filter((part) => part !== undefined);
  return [
    `${(textAt(answer, "content_backend") ?? "content").padEnd(9)}  ${store.join("  ")}`,
    ...listAt(answer, "caches").map(cacheLine),
    `metadata   ${numberAt(metadata, "records") ?? "?"} records  ${numberAt(metadata, "pending") ?? "?"} waiting`,
  ];
}

function cacheLine(cache: unknown): string {
  const rate = numberAt(cache, "hit_rate");
  const hits = rate === undefined ? "not asked yet" : `${Math.round(rate * 100)} % hits`;
  const size = humanBytes(numberAt(cache, "bytes") ?? 0);
  const max = humanBytes(numberAt(cache, "max_bytes") ?? 0);
  const name = `${textAt(cache, "name") ?? ""} cache`.padEnd(12);
  return `${name} ${numberAt(cache, "entries") ?? 0} blocks  ${size} of ${max}  ${hits}`;
}
