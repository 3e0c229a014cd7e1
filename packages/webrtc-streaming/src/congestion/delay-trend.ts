import { ArrivalGroups } from "./arrival-groups.ts";
import { OveruseDetector, type Usage } from "./overuse-detector.ts";
import { Trendline } from "./trendline.ts";

/** From arrival times to what they say of the link: groups, their trend, and the detector. */
export class DelayTrend {
  readonly #groups = new ArrivalGroups();
  readonly #trendline = new Trendline();
  readonly #detector = new OveruseDetector();

  get usage(): Usage {
    return this.#detector.usage;
  }

  /** Packets come in the order of their arrival. @returns whether overuse began with this one */
  add(sentAt: number, arrivedAt: number, now: number): boolean {
    const groups = this.#groups;
    if (!groups.add(sentAt, arrivedAt)) return false;
    this.#trendline.update(groups.sentDelta, groups.arrivedDelta, arrivedAt);
    return this.#detector.update(this.#trendline.trendMs, groups.sentDelta, now) === "overuse";
  }
}
