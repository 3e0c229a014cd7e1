/** A frame of the stream, as its packets carry it. */
export interface Frame {
  /** Counts the frames sent, on whatever rung. */
  id: number;
  rung: string;
  isKey: boolean;
  /** When it is to be shown, in milliseconds of the stream. */
  mediaMs: number;
  packets: number;
  bytes: number;
}

/** A packet on the way from a sender to a viewer. */
export interface SimulatedPacket {
  transportSequence: number;
  sentAt: number;
  bytes: number;
  /** Sequence number of the media; a repeat has that of what it repeats. Not wrapped. */
  sequence: number;
  isRepeat: boolean;
  frame: Frame;
  /** Which of the frame's packets. */
  part: number;
}

/** Bytes around each payload on the wire. */
export const HEADER_BYTES = 64;
export const PAYLOAD_BYTES = 1_150;
