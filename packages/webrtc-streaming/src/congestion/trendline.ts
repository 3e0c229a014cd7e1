import { TREND_FULL_GROUPS, TREND_GAIN, TREND_GROUPS, TREND_SMOOTHING } from "./defaults.ts";

/**
 * Fits a line through the smoothed queueing delay of the last groups: its slope is how fast the queue
 * grows (the trendline filter of libwebrtc, described by Carlucci et al., "Congestion Control for Web
 * Real-Time Communication", 2017; it took the place of the draft's Kalman filter).
 */
export class Trendline {
  readonly #times = new Float64Array(TREND_GROUPS);
  readonly #delays = new Float64Array(TREND_GROUPS);
  #groups = 0;
  #firstArrivedAt: number | undefined;
  #delay = 0;
  #smoothed = 0;
  #slope = 0;

  /** The slope, scaled to milliseconds for the detector's threshold. */
  get trendMs(): number {
    return Math.min(this.#groups, TREND_FULL_GROUPS) * this.#slope * TREND_GAIN;
  }

  /** Takes in a pair of groups. */
  update(sentDelta: number, arrivedDelta: number, arrivedAt: number): void {
    this.#firstArrivedAt ??= arrivedAt;
    this.#delay += arrivedDelta - sentDelta;
    this.#smoothed = TREND_SMOOTHING * this.#smoothed + (1 - TREND_SMOOTHING) * this.#delay;
    const slot = this.#groups % TREND_GROUPS;
    this.#times[slot] = arrivedAt - this.#firstArrivedAt;
    this.#delays[slot] = this.#smoothed;
    this.#groups += 1;
    if (this.#groups >= TREND_GROUPS) this.#slope = this.#fit() ?? this.#slope;
  }

  /** Least squares. @returns undefined when all arrived at one time */
  #fit(): number | undefined {
    let timeSum = 0;
    let delaySum = 0;
    for (let index = 0; index < TREND_GROUPS; index += 1) {
      timeSum += this.#times[index] ?? 0;
      delaySum += this.#delays[index] ?? 0;
    }
    const timeMean = timeSum / TREND_GROUPS;
    const delayMean = delaySum / TREND_GROUPS;
    let above = 0;
    let below = 0;
    for (let index = 0; index < TREND_GROUPS; index += 1) {
      const time = (this.#times[index] ?? 0) - timeMean;
      above += time * ((this.#delays[index] ?? 0) - delayMean);
      below += time * time;
    }
    return below === 0 ? undefined : above / below;
  }
}
