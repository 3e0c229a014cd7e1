/**
 * The contracts every IPFS Kit package is built on: errors with a closed list of codes, lifecycle,
 * events, structured concurrency, the observer seam, the content store interface, CID checks.
 * Runtime-neutral: browsers, Node, Bun and Deno.
 *
 * @example
 * import { parseCid, withScope } from "@ipfs-kit/core";
 *
 * const cid = parseCid("bafkqaaa");
 * await withScope({ name: "two at once" }, async (scope) => {
 *   void scope.spawn("first", async (signal) => store.stat(cid, { signal }));
 *   void scope.spawn("second", async (signal) => store.pin(cid, { signal }));
 * });
 *
 * @module
 */
export { abortable, abortReason, anySignal, delay, throwIfAborted, withTimeout } from "./abort.ts";
export type { AbortOptions } from "./abort.ts";
export type { Block, Blocks, BlockSource } from "./blocks.ts";
export { CID, DAG_PB, parseCid, RAW, verifyBlock } from "./cid.ts";
export type {
  AddOptions,
  AddResult,
  ContentInfo,
  ContentStore,
  ListPinsOptions,
  Pin,
  PinKind,
  PinOptions,
  PinPage,
  ReadOptions,
} from "./content.ts";
export type {
  AddedEntry,
  AddTreeOptions,
  ContentEvents,
  ContentRepository,
  ImportCarOptions,
  ImportedCar,
  ImportProfile,
  ImportSettings,
  RepositoryStats,
  TreeEntry,
} from "./content-repository.ts";
export {
  AbortedError,
  ERROR_CODES,
  errorCodeOf,
  IntegrityError,
  InvalidStateError,
  IpfsKitError,
  LimitExceededError,
  MalformedContentError,
  NotFoundError,
  TimeoutError,
  UnavailableError,
} from "./errors.ts";
export type { ErrorCode, IpfsKitErrorOptions } from "./errors.ts";
export { Emitter } from "./events.ts";
export type { EventMap, ListenOptions } from "./events.ts";
export { startAll, stopAll } from "./lifecycle.ts";
export type { Startable } from "./lifecycle.ts";
export { noopLogger } from "./logger.ts";
export type { LogFields, Logger, LogLevel } from "./logger.ts";
export { MEDIA_TYPE_PROBE_BYTES, mediaTypeOf, OCTET_STREAM } from "./media-type.ts";
export { noopObserver } from "./observer.ts";
export type {
  ConnectionChange,
  ObservedConnection,
  ObservedOperation,
  ObservedTask,
  Observer,
  Outcome,
} from "./observer.ts";
export { TaskScope, withScope } from "./task-scope.ts";
export type { TaskScopeInit } from "./task-scope.ts";
