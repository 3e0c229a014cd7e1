import type { ContentEvents, ContentRepository, Emitter, Logger } from "@ipfs-kit/core";

/** Every event of content. */
const NAMES = [
  "content_added",
  "content_removed",
  "content_retrieved",
  "pin_added",
  "pin_removed",
  "pin_status_changed",
] as const satisfies readonly (keyof ContentEvents)[];

/** Passes the events of a repository on. */
export function relayContentEvents(
  from: ContentRepository["events"],
  to: Emitter<ContentEvents>,
): void {
  for (const name of NAMES) from.on(name, (detail) => to.emit(name, detail));
}

/** Writes every event to the log, at level debug. */
export function logContentEvents(events: ContentRepository["events"], logger: Logger): void {
  for (const name of NAMES) {
    events.on(name, ({ cid, ...facts }) => logger.debug(name, { cid: cid.toString(), ...facts }));
  }
}
