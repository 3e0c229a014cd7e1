import type { MediaStreamTrack } from "werift";

/** RTP timestamps are 32 bits and start anywhere: "later" is half a turn ahead. */
const HALF_TURN = 0x8000_0000;

/** What has arrived on one track. */
export interface TrackCount {
  kind: "video" | "audio";
  /** Pictures begun, or packets of sound. */
  frames: number;
  packets: number;
  /** Payload, without headers. */
  bytes: number;
}

/** Counts what arrives on a track, without decoding it. */
export class ReceivedTrack {
  readonly count: TrackCount;
  /** When the last packet came, as `performance.now()` counts; 0 before the first. */
  heardAt = 0;
  #newest: number | undefined;

  constructor(track: MediaStreamTrack) {
    this.count = {
      kind: track.kind === "audio" ? "audio" : "video",
      frames: 0,
      packets: 0,
      bytes: 0,
    };
    track.onReceiveRtp.subscribe(({ header, payload }) => {
      this.heardAt = performance.now();
      this.count.packets += 1;
      this.count.bytes += payload.length;
      if (this.#isNewer(header.timestamp)) this.count.frames += 1;
    });
  }

  /** All packets of a picture have its time; one that was sent again is of an earlier one. */
  #isNewer(timestamp: number): boolean {
    const before = this.#newest;
    const isNewer =
      before === undefined ||
      (timestamp !== before && (timestamp - before + 2 * HALF_TURN) % (2 * HALF_TURN) < HALF_TURN);
    if (isNewer) this.#newest = timestamp;
    return isNewer;
  }
}
