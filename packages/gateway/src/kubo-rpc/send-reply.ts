import { throwIfAborted, withTimeout } from "@ipfs-kit/core";
import { pull } from "@ipfs-kit/unixfs";

import type { Answer } from "./answer.ts";
import type { Reply } from "./command.ts";
import { BETWEEN_BYTES_MS } from "./defaults.ts";

export interface SendReplyOptions {
  /** Fires when the call is given up. */
  signal: AbortSignal;
  /** The work may keep us waiting as long as it goes on. */
  patient: boolean;
  /** How long else the first item may take, in milliseconds. */
  firstByteMs: number;
}

/**
 * Sends what a command answers, as fast as the client takes it. Nothing is sent before the first item
 * is there, so that a failure up to then has a status of its own.
 *
 * @throws TimeoutError when the work keeps the client waiting for too long
 */
export async function sendReply(
  answer: Answer,
  reply: Reply,
  { patient, firstByteMs, signal }: SendReplyOptions,
): Promise<void> {
  if ("value" in reply) {
    throwIfAborted(signal);
    await answer.value(reply.value, { signal });
  } else if ("bytes" in reply) {
    const { bytes, length } = reply;
    const headers = length === undefined ? {} : { "x-content-length": String(length) };
    for await (const piece of paced(bytes, { patient, firstByteMs, signal })) {
      answer.start("bytes", headers);
      await answer.send(piece, { signal });
    }
    answer.start("bytes", headers);
    answer.end("bytes");
  } else {
    const { lines, whileSending = false } = reply;
    for await (const line of paced(lines, {
      patient: patient || whileSending,
      firstByteMs,
      signal,
    })) {
      if (whileSending) answer.line(line);
      else await answer.send(line, { signal });
    }
    answer.end("lines");
  }
}

/** The items of a source, each within its time; until the signal fires, whatever the source does. */
async function* paced<T>(
  source: AsyncIterable<T>,
  { patient, firstByteMs, signal }: SendReplyOptions,
): AsyncGenerator<T, void> {
  const items = pull(source, signal);
  if (patient) {
    yield* items;
    return;
  }
  const next = async () => items.next();
  let within = firstByteMs;
  try {
    for (;;) {
      const item = await withTimeout(within, "The next part of the answer", next, { signal });
      if (item.done === true) return;
      yield item.value;
      within = BETWEEN_BYTES_MS;
    }
  } finally {
    // Not awaited: a source that hangs would hang the one who gave up on it.
    items.return().then(undefined, () => {});
  }
}
