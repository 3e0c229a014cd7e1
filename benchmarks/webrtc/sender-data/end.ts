/** One end of a data channel. */
export interface End {
  /** The offer, or the answer to one, with all candidates in it. */
  describe(offer?: string): Promise<string>;
  /** Takes the answer. */
  accept(answer: string): Promise<void>;
  /** Resolves when messages can be sent. */
  readonly opened: Promise<void>;
  send(message: Buffer): void;
  bufferedAmount(): number;
  receivedBytes(): number;
}

export const END_NAMES = ["werift", "werift, keys swapped", "node-datachannel"] as const;

export type EndName = (typeof END_NAMES)[number];
