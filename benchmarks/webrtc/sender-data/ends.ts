import type { End, EndName } from "./end.ts";
import { nativeEnd } from "./native-end.ts";
import { weriftEnd } from "./werift-end.ts";

/** Each is measured with its like at the other end. */
export const ENDS: Readonly<Record<EndName, () => End>> = {
  werift: () => weriftEnd({ swap: false }),
  "werift, keys swapped": () => weriftEnd({ swap: true }),
  "node-datachannel": nativeEnd,
};
