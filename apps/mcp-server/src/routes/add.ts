import { type ServerResponse } from "node:http";

import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import {
  AbortedError,
  anySignal,
  type ContentStore,
  IpfsKitError,
  type Logger,
  type TaskScope,
} from "@ipfs-kit/core";
import type { AddLine } from "@ipfs-kit/core/wire";

import type { AppContext } from "../app-env.ts";
import {
  MAX_ADDS,
  MAX_NAME_CHARACTERS,
  PROGRESS_PAUSE_MS,
  PROGRESS_STEP_BYTES,
  RETRY_AFTER_SECONDS,
} from "../defaults.ts";
import { HttpError } from "../edge/http-error.ts";
import { answerFor, type ProblemContext } from "../edge/problems.ts";
import { MultipartUpload, type UploadedFile } from "../upload/multipart.ts";
import { NdjsonAnswer } from "../upload/ndjson-answer.ts";
import { type AddRequestOptions, readAddOptions } from "./add-options.ts";

export interface AddComponents {
  store: Pick<ContentStore, "add">;
  /** Owns the adds in flight; its end cuts them. */
  tasks: TaskScope;
  logger: Logger;
  /** How long a client may send next to nothing. */
  uploadIdleMs: number;
  problemContext: (c: AppContext) => ProblemContext;
}

/** What Kubo marks by these types is no file: folders have no bytes, links have those of a path. */
const NO_FILES: ReadonlyMap<string, string> = new Map([
  ["application/x-directory", "Folders"],
  ["application/symlink", "Symbolic links"],
]);

/**
 * `POST /api/v0/add`: takes in the files of a multipart body, streamed, and answers one line per
 * file once it is durable. What was not answered for is not visible.
 */
export function addContent(components: AddComponents): (c: AppContext) => Promise<Response> {
  const { store, tasks, logger, uploadIdleMs, problemContext } = components;
  return async (c) => {
    if (tasks.pending >= MAX_ADDS) throw tooMany();
    const options = readAddOptions(new URL(c.req.url).searchParams);
    const { incoming, outgoing } = c.env;
    const answer = new NdjsonAnswer(outgoing);
    const gone = signalOnClose(outgoing);
    const upload = new MultipartUpload(incoming, { idleMs: uploadIdleMs });
    let name = "";
    try {
      await tasks.spawn("content.add", async (stopped) => {
        let count = 0;
        for await (const file of upload.files()) {
          count += 1;
          name = readName(file);
          await addFile(store, file, { name, answer, options, signal: anySignal(gone, stopped) });
        }
        if (count === 0) {
          throw new IpfsKitError("invalid_request", "There is no file in this request.");
        }
      });
      answer.end();
    } catch (error) {
      logger.debug("an add ended early", { error, name });
      if (!answer.started) throw error;
      const { problem } = answerFor(error, problemContext(c));
      answer.cut({ Name: name, ...problem });
    } finally {
      // Not awaited: a client that sends nothing would hold it up.
      void upload.close();
    }
    return RESPONSE_ALREADY_SENT;
  };
}

interface AddFileInit {
  name: string;
  answer: NdjsonAnswer;
  options: AddRequestOptions;
  signal: AbortSignal;
}

async function addFile(
  store: Pick<ContentStore, "add">,
  file: UploadedFile,
  { name, answer, options, signal }: AddFileInit,
): Promise<void> {
  const report = progressReport((line) => answer.sendIfIdle(line), name);
  const { cid, size } = await store.add(file.bytes, {
    name: options.pinName ?? (name === "" ? undefined : name),
    pin: options.pin,
    onProgress: options.progress ? report : undefined,
    signal,
  });
  const line: AddLine = { Name: name || cid.toString(), Hash: cid.toString(), Size: String(size) };
  answer.send(line);
}

/** At most one line per step of bytes and per pause, whichever is longer. */
function progressReport(send: (line: AddLine) => void, name: string): (bytes: number) => void {
  let sentBytes = 0;
  let sentAt = 0;
  return (bytes) => {
    const now = performance.now();
    if (bytes - sentBytes < PROGRESS_STEP_BYTES || now - sentAt < PROGRESS_PAUSE_MS) return;
    sentBytes = bytes;
    sentAt = now;
    send({ Name: name, Bytes: bytes });
  };
}

/** Fires when the client goes away before it has its answer. */
function signalOnClose(outgoing: ServerResponse): AbortSignal {
  const controller = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) {
      controller.abort(new AbortedError("The client went away before it had its answer."));
    }
  });
  return controller.signal;
}

/** Kubo's clients escape names as in a URL, browsers do not: what does not decode stays as it is. */
function readName({ name = "", mediaType }: UploadedFile): string {
  const what = NO_FILES.get(mediaType);
  if (what !== undefined) {
    throw new IpfsKitError("not_supported", `${what} are not supported, only files.`);
  }
  if (name.length > MAX_NAME_CHARACTERS) {
    throw new IpfsKitError(
      "invalid_request",
      `A file name has more than ${MAX_NAME_CHARACTERS} characters.`,
    );
  }
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function tooMany(): HttpError {
  return new HttpError("limit_exceeded", `There are already ${MAX_ADDS} uploads: try again soon.`, {
    headers: { "retry-after": String(RETRY_AFTER_SECONDS) },
  });
}
