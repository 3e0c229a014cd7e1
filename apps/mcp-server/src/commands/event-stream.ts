import { IpfsKitError } from "@ipfs-kit/core";

/** One event of a `text/event-stream`. */
export interface StreamEvent {
  /** Where to go on after it, for `Last-Event-ID`; absent when the stream has none. */
  id?: string | undefined;
  /** @default "message" */
  type: string;
  data: string;
}

/** Characters of one event at most; one that goes on and on would fill the memory. */
const MAX_EVENT_CHARACTERS = 1024 * 1024;

/**
 * The events of a stream as the HTML standard describes it ("server-sent events"). Comments, which keep
 * the line busy, are left out; so is an event that was cut off.
 *
 * @throws IpfsKitError `too_large`
 */
export async function* readEventStream(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<StreamEvent, void> {
  let event = new EventInMaking();
  for await (const line of linesOf(bytes)) {
    if (line !== "") {
      event.take(line);
    } else {
      const done = event.finish();
      if (done !== undefined) yield done;
      event = new EventInMaking(event.id);
    }
  }
}

class EventInMaking {
  id: string | undefined;
  #type = "message";
  readonly #data: string[] = [];
  #size = 0;

  /** @param id an event without one has that of the event before it */
  constructor(id?: string) {
    this.id = id;
  }

  take(line: string): void {
    this.#size += line.length;
    if (this.#size > MAX_EVENT_CHARACTERS) throw tooLong();
    const [, name = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#type = value || "message";
    else if (name === "id" && !value.includes("\0")) this.id = value;
  }

  finish(): StreamEvent | undefined {
    if (this.#data.length === 0) return undefined;
    return { id: this.id, type: this.#type, data: this.#data.join("\n") };
  }
}

/** Lines end with CRLF, LF or CR. */
async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of bytes) {
    rest += decoder.decode(chunk, { stream: true });
    // A CR at the very end may be the first half of CRLF.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    yield* lines;
    if (rest.length > MAX_EVENT_CHARACTERS) throw tooLong();
  }
}

function tooLong(): IpfsKitError {
  return new IpfsKitError("too_large", "The server sent an event without an end.");
}
