import { GROUP_GAP_MS, GROUP_MS, MERGED_GROUP_MS } from "./defaults.ts";

/** Times of packets that left together, in milliseconds. */
interface Group {
  firstSentAt: number;
  lastSentAt: number;
  firstArrivedAt: number;
  lastArrivedAt: number;
}

/**
 * Puts packets that left together into groups (GCC 5.2) and tells how much further apart two groups
 * arrived than they were sent: that is the queue growing between them.
 */
export class ArrivalGroups {
  #current: Group | undefined;
  #previous: Group | undefined;
  /** Of the last pair: time between the groups when sent, and when they arrived. */
  sentDelta = 0;
  arrivedDelta = 0;

  /**
   * Packets come in the order of their arrival. @returns whether a group is complete; then
   * {@link sentDelta} and {@link arrivedDelta} are those of it and the one before
   */
  add(sentAt: number, arrivedAt: number): boolean {
    const current = this.#current;
    if (current === undefined) {
      this.#begin(sentAt, arrivedAt);
      return false;
    }
    // Overtaken by later ones: it says nothing about the queue now.
    if (sentAt < current.firstSentAt) return false;
    if (this.#belongs(current, sentAt, arrivedAt)) {
      current.lastSentAt = Math.max(current.lastSentAt, sentAt);
      current.lastArrivedAt = Math.max(current.lastArrivedAt, arrivedAt);
      return false;
    }
    const previous = this.#previous;
    this.#previous = current;
    this.#begin(sentAt, arrivedAt);
    if (previous === undefined) return false;
    this.sentDelta = current.lastSentAt - previous.lastSentAt;
    this.arrivedDelta = current.lastArrivedAt - previous.lastArrivedAt;
    if (this.arrivedDelta < 0 || this.arrivedDelta > this.sentDelta + GROUP_GAP_MS) {
      // The receiver's clock jumped, or a path was replaced.
      this.reset();
      return false;
    }
    return true;
  }

  reset(): void {
    this.#current = undefined;
    this.#previous = undefined;
  }

  #begin(sentAt: number, arrivedAt: number): void {
    this.#current = {
      firstSentAt: sentAt,
      lastSentAt: sentAt,
      firstArrivedAt: arrivedAt,
      lastArrivedAt: arrivedAt,
    };
  }

  #belongs(group: Group, sentAt: number, arrivedAt: number): boolean {
    if (sentAt - group.firstSentAt <= GROUP_MS) return true;
    // Held back somewhere and let go together: closer on arrival than when sent.
    const arrivalGap = arrivedAt - group.lastArrivedAt;
    const propagation = arrivalGap - (sentAt - group.lastSentAt);
    return (
      propagation < 0 &&
      arrivalGap <= GROUP_MS &&
      arrivedAt - group.firstArrivedAt < MERGED_GROUP_MS
    );
  }
}
