import { IpfsKitError } from "@ipfs-kit/core";

import { shown } from "../config/given.ts";
import type { Command, CommandContext } from "./command.ts";
import { UsageError } from "./command-exit.ts";
import { MAX_TIMEOUT_SECONDS } from "./common-flags.ts";
import { readEventStream, type StreamEvent } from "./event-stream.ts";
import { textAt } from "./json-fields.ts";
import { offered } from "./server-facts.ts";

/** What a header can carry. */
const EVENT_ID = /^[\x21-\x7E]{1,256}$/;

export const events: Command = {
  name: "events",
  summary: "Tell what happens on the server, as it happens, until Ctrl-C.",
  usage: "",
  count: { min: 0, max: 0 },
  // Between two events there may be silence.
  patienceSeconds: MAX_TIMEOUT_SECONDS,
  flags: {
    type: {
      type: "string",
      list: true,
      value: "<name>",
      help: "Only this type, e.g. content_added. May be repeated.",
    },
    since: {
      type: "string",
      value: "<id>",
      help: "Go on after this event: the id of one that was told before.",
    },
  },
  async run(input, context) {
    const types = input.texts("type");
    const since = input.text("since");
    if (since !== undefined && !EVENT_ID.test(since)) {
      throw new UsageError(`--since ${shown(since)} is no id of an event.`);
    }
    const headers = {
      accept: "text/event-stream, application/problem+json;q=0.5",
      ...(since !== undefined && { "last-event-id": since }),
    };
    const { server, signal } = context;
    const bytes = server.bytes("events", { method: "GET", headers, signal });
    const stream = readEventStream(bytes)[Symbol.asyncIterator]();
    try {
      let next = await offered(context, "Events", async () => stream.next());
      while (next.done !== true) {
        const record = recordOf(next.value);
        if (types.length === 0 || types.includes(record.type)) await tell(record, context);
        next = await stream.next();
      }
    } finally {
      await stream.return();
    }
    throw new IpfsKitError("unavailable", "The server ended the stream of events.");
  },
};

interface EventRecord extends Readonly<Record<string, unknown>> {
  type: string;
}

/** The object in the data, with what the stream says around it. */
function recordOf({ id, type, data }: StreamEvent): EventRecord {
  const value = jsonOr(data);
  return { ...(id !== undefined && { id }), ...value, type: textAt(value, "type") ?? type };
}

async function tell(record: EventRecord, { output }: CommandContext): Promise<void> {
  const { type, time, subject, data } = record;
  const parts = [time, type, subject].filter((part) => typeof part === "string");
  await output.result(record, [...parts, JSON.stringify(data) ?? ""].join("  "));
}

/** What is no object is told under a name. */
function jsonOr(data: string): object {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null ? value : { data: value };
  } catch {
    return { data };
  }
}
