import { dgramSubject } from "./dgram-subject.ts";
import type { Frame } from "./load.ts";
import { nativeSubject } from "./native-subject.ts";
import { ourSubject } from "./our-subject.ts";
import type { SubjectName } from "./subject-names.ts";
import type { ViewerLink } from "./viewer-link.ts";
import { weriftSubject } from "./werift-subject.ts";

/** One viewer's connection, from the sender's side. */
export interface Subject {
  sendFrame(frame: Frame, index: number): void;
  sentPackets(): number;
}

/** What is compared. A connection that paces at little more than the media takes wakes up for each packet. */
export const SUBJECTS: Readonly<
  Record<SubjectName, (link: ViewerLink, id: number) => Promise<Subject>>
> = {
  werift: async (link, id) => weriftSubject(link, id, { swap: false }),
  "werift, keys swapped": async (link, id) => weriftSubject(link, id, { swap: true }),
  ours: async (link, id) => ourSubject(link, id, {}),
  "ours, paced to 1.5 Mbit/s": async (link, id) =>
    ourSubject(link, id, { bitsPerSecond: 1_500_000 }),
  "node-datachannel": nativeSubject,
  "bare dgram": dgramSubject,
};
