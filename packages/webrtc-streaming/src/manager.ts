import {
  abortReason,
  errorCodeOf,
  InvalidStateError,
  LimitExceededError,
  NotFoundError,
  noopLogger,
  noopObserver,
  parseCid,
  type ContentStore,
  type Logger,
  type Observer,
  type Startable,
} from "@ipfs-kit/core";
import { Logging, LogLevel } from "mediabunny";
import { RTCDtlsTransport } from "werift";

import { ContentPreparer } from "./content/content-preparer.ts";
import type { ConversionProgress } from "./content/conversions.ts";
import { createMemoryRenditionIndex, type RenditionIndex } from "./content/rendition-index.ts";
import { MAX_SESSIONS } from "./defaults.ts";
import { PeerSession } from "./session/peer-session.ts";
import type { Session } from "./session/session.ts";
import { rtpFormatOf } from "./source/rtp-format.ts";
import type { MediaFile } from "./source/media-file.ts";
import type { Transcoder } from "./transcode/transcoder.ts";

export interface StreamingManagerInit {
  /** Where content comes from, and where converted content goes. */
  store: ContentStore;
  /** Converts what browsers do not take; without one such content is `unplayable`. */
  transcoder?: Transcoder | undefined;
  /** Which content has been converted to what. @default forgotten with the process */
  renditions?: RenditionIndex | undefined;
  /** Sessions at once. @default 200 */
  maxSessions?: number | undefined;
  /**
   * The only local addresses media is sent from: one of each family at most.
   *
   * @default every interface, and loopback
   */
  hostAddresses?: readonly string[] | undefined;
  logger?: Logger | undefined;
  observer?: Observer | undefined;
}

export interface OpenRequest {
  cid: string;
  /** Which tracks are wanted, as far as the content has them. @default "av" */
  kind?: "video" | "audio" | "av" | undefined;
  /** @default 0 */
  startAtSeconds?: number | undefined;
  /** Gives up the opening. An open session ends by its own `close`. */
  signal?: AbortSignal | undefined;
  /** Content is being converted first: told at the start and as it goes on. */
  onPreparing?: ((progress: ConversionProgress) => void) | undefined;
}

/** Plays content by CID to viewers, each over a WebRTC connection of its own. Lives once: not to be started again. */
export interface StreamingManager extends Startable {
  /**
   * Opens a session: the content is there and playable, the offer is made.
   *
   * @throws IpfsKitError `invalid_cid`, `not_found`, `not_a_file`, `empty_content`, `not_media`,
   * `corrupt_media`, `unplayable`, `transcode_failed`, `storage_full`, `limit_exceeded`,
   * `integrity`, `timeout`, `unavailable`, `aborted`, `invalid_state`
   */
  open(request: OpenRequest): Promise<Session>;
  /** @throws NotFoundError */
  get(id: string): Session;
  /** The sessions that are open or being closed, oldest first. */
  list(): readonly Session[];
  /** Closes a session; one already gone is closed. */
  close(id: string): Promise<void>;
  /** @returns how many sessions were closed */
  closeAll(): Promise<number>;
}

/**
 * @example
 * const manager = createStreamingManager({ store });
 * await manager.start();
 * const session = await manager.open({ cid });
 * session.events.on("candidate", (candidate) => sendToViewer(candidate));
 * sendToViewer(session.offer);
 */
export function createStreamingManager(init: StreamingManagerInit): StreamingManager {
  return new WebRtcStreamingManager(init);
}

class WebRtcStreamingManager implements StreamingManager {
  readonly #sessions = new Map<string, PeerSession>();
  readonly #preparer: ContentPreparer;
  readonly #maxSessions: number;
  readonly #logger: Logger;
  readonly #observer: Observer;
  readonly #hostAddresses: readonly string[] | undefined;
  readonly #stopping = new AbortController();
  #opening = 0;
  #started = false;

  constructor({
    store,
    transcoder,
    renditions = createMemoryRenditionIndex(),
    maxSessions = MAX_SESSIONS,
    hostAddresses,
    logger = noopLogger,
    observer = noopObserver,
  }: StreamingManagerInit) {
    this.#logger = logger;
    this.#observer = observer;
    this.#maxSessions = maxSessions;
    this.#hostAddresses = hostAddresses;
    this.#preparer = new ContentPreparer({ store, transcoder, renditions, logger });
  }

  async start(): Promise<void> {
    if (this.#started) return;
    if (this.#stopping.signal.aborted) throw new InvalidStateError("Streaming was stopped.");
    // It would print its remarks on strangers' files to the console.
    Logging.level = LogLevel.Silent;
    // Made once per process and slow; the first viewer shall not wait for it.
    await RTCDtlsTransport.SetupCertificate();
    this.#started = true;
  }

  async stop(): Promise<void> {
    if (!this.#started) return;
    this.#started = false;
    this.#stopping.abort(new InvalidStateError("The server is stopping."));
    await this.closeAll();
    await this.#preparer.stop();
  }

  async open(request: OpenRequest): Promise<Session> {
    if (!this.#started) throw new InvalidStateError("Streaming is not running.");
    if (this.#sessions.size + this.#opening >= this.#maxSessions) {
      throw new LimitExceededError(`There are already ${this.#maxSessions} viewers.`);
    }
    const cid = parseCid(request.cid);
    this.#opening += 1;
    // Lives as long as the session: it ends the reads of its content.
    const content = new AbortController();
    const abort = () => content.abort(request.signal?.reason);
    request.signal?.addEventListener("abort", abort, { once: true });
    const finish = this.#observer.operationStarted({ name: "webrtc.open", cid: request.cid });
    try {
      const signal = AbortSignal.any([content.signal, this.#stopping.signal]);
      const file = await this.#preparer.prepare(cid, { signal, onPreparing: request.onPreparing });
      const session = await this.#connect(file, request, () => content.abort());
      if (signal.aborted) {
        // The viewer left, or the server stopped, while the offer was being made.
        await session.close();
        throw abortReason(signal);
      }
      this.#sessions.set(session.id, session);
      session.events.on("closed", () => this.#sessions.delete(session.id));
      finish({ status: "succeeded", result: { connection_id: session.id } });
      return session;
    } catch (error) {
      content.abort();
      finish(
        errorCodeOf(error) === "aborted" ? { status: "cancelled" } : { status: "failed", error },
      );
      throw error;
    } finally {
      this.#opening -= 1;
      request.signal?.removeEventListener("abort", abort);
    }
  }

  async #connect(
    file: MediaFile,
    { cid, kind = "av", startAtSeconds = 0 }: OpenRequest,
    releaseContent: () => void,
  ): Promise<PeerSession> {
    const wanted = [
      kind === "audio" ? undefined : file.video,
      kind === "video" ? undefined : file.audio,
    ].filter((track) => track !== undefined);
    try {
      if (wanted.length === 0) throw new NotFoundError(`The content has no ${kind} track.`);
      return await PeerSession.create({
        cid,
        file,
        formats: wanted.map((track) => rtpFormatOf(track)),
        startAtSeconds,
        releaseContent,
        logger: this.#logger,
        observer: this.#observer,
        hostAddresses: this.#hostAddresses,
      });
    } catch (error) {
      file[Symbol.dispose]();
      throw error;
    }
  }

  get(id: string): Session {
    const session = this.#sessions.get(id);
    if (session === undefined) throw new NotFoundError("There is no such connection.");
    return session;
  }

  list(): readonly Session[] {
    return Array.from(this.#sessions.values());
  }

  async close(id: string): Promise<void> {
    await this.#sessions.get(id)?.close();
  }

  async closeAll(): Promise<number> {
    const open = this.list();
    await Promise.all(open.map(async (session) => session.close()));
    return open.length;
  }
}
