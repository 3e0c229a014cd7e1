import type { IncomingMessage } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";

import { Busboy, type BusboyFileStream, type BusboyInstance, Dicer } from "@fastify/busboy";
import { AbortedError, IpfsKitError } from "@ipfs-kit/core";

import { MIN_UPLOAD_BYTES } from "./defaults.ts";
import { HttpError } from "../http-error.ts";

/** Text fields are no files: they are read past, within these limits. */
const LIMITS = { fieldSize: 64 * 1024, fields: 1000, headerPairs: 100, headerSize: 16 * 1024 };
/** Text behind the last boundary that is read past; nobody writes any. */
const MAX_EPILOGUE_BYTES = 64 * 1024;
/** Turns of the event loop the parser may take to notice the end of its input. */
const TURNS_TO_FINISH = 16;

/** One file of a multipart body. Its bytes must be read, or left, before the next is asked for. */
export interface UploadedFile {
  /** As the client sent it; absent when it sent none. */
  name: string | undefined;
  mediaType: string;
  bytes: AsyncIterable<Uint8Array>;
}

/** A file in the making: what was parsed and not yet read. */
interface Part {
  name: string | undefined;
  mediaType: string;
  chunks: Uint8Array[];
  ended: boolean;
  left: boolean;
}

/**
 * The files of a `multipart/form-data` request, pulled: a chunk is taken from the connection only
 * when whoever reads has used up the ones before, so memory use depends neither on the size nor on
 * the number of files.
 */
export class MultipartUpload {
  readonly #parser: BusboyInstance;
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #idleMs: number;
  readonly #parts: Part[] = [];
  #failure: { error: unknown } | undefined;
  #interrupt: (error: unknown) => void = () => {};
  #inputEnded = false;
  #finished = false;
  /** Parts that have begun, and parts the parser has taken as a file or field. */
  #begun = 0;
  #taken = 0;
  /** Bytes since the client last sent enough, and how long they were waited for. */
  #freshBytes = 0;
  #waitedMs = 0;

  /**
   * @param idleMs how long the client may be waited for until it has sent {@link MIN_UPLOAD_BYTES}
   * @throws IpfsKitError `invalid_request` when the body is not multipart.
   */
  constructor(request: IncomingMessage, { idleMs }: { idleMs: number }) {
    this.#idleMs = idleMs;
    this.#parser = createParser(request.headers["content-type"], () => (this.#taken += 1));
    // What the parser makes nothing of it skips without a word.
    partsOf(this.#parser).on("part", (part) => {
      this.#checkTaken();
      this.#begun += 1;
      part.on("header", () => this.#checkTaken());
    });
    this.#parser.on("file", (_field, stream, filename: string | undefined, _encoding, mediaType) =>
      this.#parts.push(collect(stream, filename, mediaType)),
    );
    this.#parser.on("finish", () => {
      this.#checkTaken();
      this.#finished = true;
    });
    this.#parser.on("error", (error) => this.#fail(malformed(error)));
    // The answer goes out on the same socket: the request must not be destroyed with the reading.
    this.#source = request.iterator({ destroyOnReturn: false });
  }

  /**
   * The files in the order they were sent.
   *
   * @throws HttpError 408 when the client sends too little for too long, `invalid_request` when the
   *   body ends early or is malformed; AbortedError when the client goes away. The bytes of the
   *   file being read fail in the same way.
   */
  async *files(): AsyncGenerator<UploadedFile, void, void> {
    while (true) {
      const part = this.#parts.shift();
      if (part !== undefined) {
        yield { name: part.name, mediaType: part.mediaType, bytes: this.#bytesOf(part) };
        part.left = true;
        part.chunks = [];
      } else if (this.#finished && this.#failure === undefined) {
        await this.#readEnd();
        return;
      } else {
        await this.#feed();
      }
    }
  }

  /** Lets go of the request; what is left of its body is for the HTTP server to drop. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async *#bytesOf(part: Part): AsyncGenerator<Uint8Array, void, void> {
    while (true) {
      const chunks = part.chunks;
      part.chunks = [];
      yield* chunks;
      // A body cut short ends its last part too: only without a failure is the part whole.
      if (this.#failure !== undefined) throw this.#failure.error;
      if (part.ended && part.chunks.length === 0) return;
      if (part.chunks.length === 0) await this.#feed();
    }
  }

  /**
   * Reads what stands behind the form: nothing, but the end of the body may come a moment later. Who
   * is answered before it was sent sees the connection break while writing.
   */
  async #readEnd(): Promise<void> {
    let left = MAX_EPILOGUE_BYTES;
    try {
      while (!this.#inputEnded && left > 0) {
        const next = await this.#nextChunk();
        if (next.done === true) this.#inputEnded = true;
        else left -= next.value.byteLength;
      }
    } catch {
      // The form was whole; a client that does not end the body has sent all there is to it.
    }
  }

  /** Takes the next chunk from the connection and parses it. */
  async #feed(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    try {
      if (this.#inputEnded) throw malformed(undefined);
      const next = await this.#nextChunk();
      if (next.done === true) await this.#finish();
      else await this.#parse(next.value);
    } catch (error) {
      this.#failure ??= { error };
      throw this.#failure.error;
    }
  }

  async #nextChunk(): Promise<IteratorResult<Uint8Array, unknown>> {
    const { promise: idled, reject } = Promise.withResolvers<never>();
    // Only waiting counts: what the store takes is not the client's fault.
    const from = performance.now();
    const timer = setTimeout(() => reject(idle(this.#idleMs)), this.#idleMs - this.#waitedMs);
    try {
      const next = await Promise.race([this.#source.next(), idled]);
      this.#waitedMs += performance.now() - from;
      this.#freshBytes += next.done === true ? 0 : next.value.byteLength;
      if (this.#freshBytes >= MIN_UPLOAD_BYTES) this.#freshBytes = this.#waitedMs = 0;
      return next;
    } catch (error) {
      throw error instanceof IpfsKitError
        ? error
        : new AbortedError("The client went away before the upload was whole.", { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  async #parse(chunk: Uint8Array): Promise<void> {
    const { promise: parsed, resolve, reject } = Promise.withResolvers<void>();
    this.#interrupt = reject;
    this.#parser.write(chunk, (error) => (error ? reject(malformed(error)) : resolve()));
    await parsed;
    // The parser tells the end of a part one turn later.
    await nextTurn();
  }

  async #finish(): Promise<void> {
    this.#inputEnded = true;
    this.#parser.end();
    for (let turn = 0; turn < TURNS_TO_FINISH && !this.#finished; turn += 1) await nextTurn();
    if (!this.#finished) throw malformed(undefined);
  }

  /** Every part whose header is over must be a file or a field by now. */
  #checkTaken(): void {
    if (this.#taken < this.#begun) this.#fail(unreadablePart());
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#interrupt(this.#failure.error);
  }
}

function createParser(contentType: string | undefined, onTaken: () => void): BusboyInstance {
  if (contentType === undefined || !/^multipart\/form-data\s*;/i.test(contentType)) {
    throw new IpfsKitError("invalid_request", "Send the files as multipart/form-data.");
  }
  try {
    return new Busboy({
      headers: { "content-type": contentType },
      limits: LIMITS,
      preservePath: true,
      isPartAFile: (_field, mediaType, name) => {
        onTaken();
        return mediaType === "application/octet-stream" || name !== undefined;
      },
    });
  } catch (error) {
    throw malformed(error);
  }
}

/** The splitter inside the parser: it alone is told of parts that are skipped. */
function partsOf(parser: BusboyInstance): Dicer {
  const form: unknown = Reflect.get(parser, "_parser");
  const splitter: unknown = form instanceof Object ? Reflect.get(form, "parser") : undefined;
  if (splitter instanceof Dicer) return splitter;
  throw new TypeError("This version of the multipart parser is not known.");
}

function collect(stream: BusboyFileStream, name: string | undefined, mediaType: string): Part {
  const part: Part = { name, mediaType, chunks: [], ended: false, left: false };
  stream.on("data", (chunk: Uint8Array) => {
    if (!part.left) part.chunks.push(chunk);
  });
  stream.on("end", () => (part.ended = true));
  // The parser reports the same failure.
  stream.on("error", () => {});
  return part;
}

function malformed(cause: unknown): IpfsKitError {
  return new IpfsKitError("invalid_request", "The multipart body ends early or is malformed.", {
    cause,
  });
}

function unreadablePart(): IpfsKitError {
  return new IpfsKitError(
    "invalid_request",
    "A part of the form has no Content-Disposition, or a header that is too large or malformed.",
  );
}

function idle(ms: number): HttpError {
  return new HttpError("timeout", `The upload sent next to nothing for ${ms / 1000} seconds.`, {
    status: 408,
    headers: { connection: "close" },
  });
}
