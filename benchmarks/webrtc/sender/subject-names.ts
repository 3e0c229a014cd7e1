/** What is compared, in the order of the report. */
export const SUBJECT_NAMES = [
  "werift",
  "werift, keys swapped",
  "ours",
  "ours, paced to 1.5 Mbit/s",
  "node-datachannel",
  "bare dgram",
] as const;

export type SubjectName = (typeof SUBJECT_NAMES)[number];
