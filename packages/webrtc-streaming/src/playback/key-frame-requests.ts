import { KEY_FRAME_REPEAT_MOST_MS, KEY_FRAME_REPEAT_MS } from "../defaults.ts";

/**
 * Decides which of a viewer's requests for a key frame are answered. One that has just been sent is
 * not sent again, and a viewer that keeps asking waits twice as long each time: repeating a whole
 * group of pictures is the last thing a bad line needs.
 */
export class KeyFrameRequests {
  #sentAt = Number.NEGATIVE_INFINITY;
  #answeredAt = Number.NEGATIVE_INFINITY;
  #gap = KEY_FRAME_REPEAT_MS;

  /** A key frame is being sent, asked for or not. */
  sent(now: number): void {
    this.#sentAt = now;
  }

  /** Whether a request that comes now is to be answered; if so, the answer counts as sent. */
  isDue(now: number): boolean {
    if (now - this.#sentAt < KEY_FRAME_REPEAT_MS || now - this.#answeredAt < this.#gap)
      return false;
    const isQuiet = now - this.#answeredAt > 2 * KEY_FRAME_REPEAT_MOST_MS;
    this.#gap = isQuiet ? KEY_FRAME_REPEAT_MS : Math.min(this.#gap * 2, KEY_FRAME_REPEAT_MOST_MS);
    this.#answeredAt = now;
    this.#sentAt = now;
    return true;
  }
}
