import type { AdaptiveDecision, AdaptiveInput, Entry, ReasonCode } from "./decision.ts";
import {
  BACKLOG_MS,
  BUFFER_LOW_MS,
  BUFFER_LOW_SECONDS,
  CALM_LOSS,
  CONGESTED,
  HARD_DROP,
  HARD_MARGIN,
  HEADROOM,
  HEADROOM_MS,
  HEALTH_LOW,
  HEALTH_LOW_MS,
  HOLD_AFTER_DOWN_MS,
  HOLD_MS,
  MOST_DECISIONS,
  ORIGIN_SHARE,
  SETTLE_MS,
  SHORTFALL,
  SHORTFALL_MS,
  WIRE_OVERHEAD,
} from "./defaults.ts";
import { quickestEntry } from "./entry.ts";
import { rungFor, type Ladder, type Rung } from "./ladder.ts";
import { Lasting } from "./lasting.ts";
import { Mistakes } from "./mistakes.ts";
import { presetOf, type Quality } from "./quality.ts";

export interface AdaptiveBitrateControllerInit {
  ladder: Ladder;
  /** What the viewer asks for. @default "auto" */
  quality?: Quality;
  /** The estimate before anything is known, in bits per second: the first rung is chosen by it. @default 600 kbit/s */
  startBitsPerSecond?: number;
  /** Bits per second on the wire that are not this video's, e.g. its sound. @default 0 */
  reservedBitsPerSecond?: number;
  /** Now, in milliseconds of the clock that {@link AdaptiveBitrateController.update} goes by. */
  now: number;
}

const START_BITS_PER_SECOND = 600_000;

/** What the network and the others say should be done. */
interface Advice {
  to: number;
  reason: ReasonCode;
  words: string;
  urgent?: boolean;
}

/**
 * Chooses which rung of a ladder a viewer gets. Pure: it is told the time and what is measured, and
 * answers with a decision or nothing. Goes down at once when the network drops hard, soon when it falls
 * short, and up only with room to spare, after a hold, and not again where it failed just now.
 */
export class AdaptiveBitrateController {
  #ladder: Ladder;
  #quality: Quality;
  #index: number;
  readonly #reserved: number;
  readonly #decisions: AdaptiveDecision[] = [];
  readonly #mistakes = new Mistakes();
  readonly #shortfall = new Lasting();
  readonly #headroom = new Lasting();
  readonly #bufferLow = new Lasting();
  readonly #healthLow = new Lasting();
  #holdUntil: number;
  #settledAt = Number.NEGATIVE_INFINITY;

  /** @throws RangeError for a quality outside 0 to 100 */
  constructor({
    ladder,
    quality = "auto",
    startBitsPerSecond = START_BITS_PER_SECOND,
    reservedBitsPerSecond = 0,
    now,
  }: AdaptiveBitrateControllerInit) {
    this.#ladder = ladder;
    this.#quality = quality;
    this.#reserved = reservedBitsPerSecond;
    this.#holdUntil = now;
    this.#index = this.#fixed(quality) ?? this.#fitting(startBitsPerSecond);
    this.#record({
      at: now,
      to: this.rung,
      entry: "next_key_frame",
      reason: quality === "auto" ? "start" : "asked",
      words:
        quality === "auto"
          ? `${kbit(startBitsPerSecond)} is assumed before anything is measured.`
          : `The viewer asked for ${quality}.`,
    });
  }

  /** The rung that was chosen last. */
  get rung(): Rung {
    return this.#ladder[this.#index] ?? this.#ladder[0];
  }

  get quality(): Quality {
    return this.#quality;
  }

  get mode(): "auto" | "fixed" {
    return this.#quality === "auto" ? "auto" : "fixed";
  }

  /** The last {@link MOST_DECISIONS}, the newest last. */
  get decisions(): readonly AdaptiveDecision[] {
    return this.#decisions;
  }

  /** What the chosen rung takes on the wire with all that is reserved, in bits per second. */
  get needBitsPerSecond(): number {
    return this.#need(this.#index);
  }

  /** The same of the lowest rung. */
  get leastBitsPerSecond(): number {
    return this.#need(0);
  }

  /** What is worth looking for: enough for the highest rung that may be chosen, with room to spare. */
  get wantedBitsPerSecond(): number {
    const highest = this.#fixed(this.#quality) ?? this.#ladder.length - 1;
    return this.#need(highest) * HEADROOM * HEADROOM;
  }

  /**
   * The viewer asks for a quality. @returns the change, or undefined when the rung stays
   * @throws RangeError for a number outside 0 to 100
   */
  setQuality(quality: Quality, now: number): AdaptiveDecision | undefined {
    const to = this.#fixed(quality) ?? this.#index;
    this.#quality = quality;
    this.#mistakes.clear();
    this.#resetSigns();
    if (to === this.#index) return undefined;
    return this.#switch({ to, reason: "asked", words: `The viewer asked for ${quality}.` }, now);
  }

  /** There are other rungs now, e.g. because one has been made. @returns the change, or undefined when the rung stays */
  setLadder(ladder: Ladder, now: number): AdaptiveDecision | undefined {
    const before = this.rung;
    this.#ladder = ladder;
    this.#resetSigns();
    const same = ladder.findIndex(({ id }) => id === before.id);
    const to = this.#fixed(this.#quality) ?? (same === -1 ? rungFor(ladder, before) : same);
    this.#index = to;
    if (this.rung.id === before.id) return undefined;
    return this.#changed(
      before,
      { to, reason: "ladder_changed", words: "There are other rungs now." },
      now,
    );
  }

  /** Takes in what is measured, some times a second. @returns a change, or undefined when the rung stays */
  update(input: AdaptiveInput, now: number): AdaptiveDecision | undefined {
    if (this.mode === "fixed") return undefined;
    this.#mistakes.forgive(this.rung.id, now);
    const advice = this.#down(input, now) ?? this.#up(input, now);
    return advice === undefined ? undefined : this.#switch(advice, now, input);
  }

  #down(input: AdaptiveInput, now: number): Advice | undefined {
    const { estimate, pacerDelayMs } = input;
    const need = this.#need(this.#index);
    // Every sign is looked at every time: each has to know since when it holds.
    const shortfall = this.#shortfall.update(estimate < SHORTFALL * need, SHORTFALL_MS, now);
    const slow = this.#bufferLow.update(
      (input.bufferSeconds ?? Infinity) < BUFFER_LOW_SECONDS,
      BUFFER_LOW_MS,
      now,
    );
    const poor = this.#healthLow.update(
      (input.health ?? Infinity) < HEALTH_LOW,
      HEALTH_LOW_MS,
      now,
    );
    if (this.#index === 0) return undefined;
    const lower = Math.min(this.#index - 1, this.#fitting(estimate));
    if (estimate < HARD_DROP * need && isCongested(input)) {
      const to = Math.max(
        Math.min(this.#index - 1, this.#fitting(estimate * HARD_MARGIN)),
        this.#origin(estimate, now),
      );
      const words = `The network takes ${kbit(estimate)} of ${kbit(need)}, with ${Math.round(input.queueDelayMs)} ms of queue and ${percent(input.lossRatio)} lost.`;
      return { to, reason: "congestion", words, urgent: true };
    }
    // A lower rung needs a moment to show.
    if (now < this.#settledAt) return undefined;
    const urgent = pacerDelayMs > BACKLOG_MS.hard;
    // With room to spare the pacer catches up by itself.
    if (urgent || (pacerDelayMs > BACKLOG_MS.mild && estimate < HEADROOM * need)) {
      const words = `${Math.round(pacerDelayMs)} ms of video wait to be sent.`;
      return { to: lower, reason: "backlog", words, urgent };
    }
    if (shortfall) {
      const words = `The network has taken ${kbit(estimate)} of ${kbit(need)} for a while.`;
      return { to: lower, reason: "shortfall", words };
    }
    if (slow) {
      const words = `Only ${(input.bufferSeconds ?? 0).toFixed(1)} s are read ahead.`;
      return { to: this.#index - 1, reason: "slow_source", words };
    }
    if (poor) {
      const words = `The viewer's health is ${Math.round(input.health ?? 0)} of 100.`;
      return { to: this.#index - 1, reason: "poor_health", words };
    }
    return undefined;
  }

  #up(input: AdaptiveInput, now: number): Advice | undefined {
    const { estimate } = input;
    const to = this.#climbable(estimate, now);
    const calm =
      to > this.#index &&
      !isCongested(input) &&
      input.lossRatio <= CALM_LOSS &&
      (input.bufferSeconds ?? Infinity) >= BUFFER_LOW_SECONDS &&
      (input.health ?? Infinity) >= HEALTH_LOW;
    if (!this.#headroom.update(calm, HEADROOM_MS, now) || now < this.#holdUntil) return undefined;
    const words = `The network takes ${kbit(estimate)}, ${kbit(this.#need(to))} are needed.`;
    return { to, reason: "headroom", words };
  }

  /** The highest rung with head room that is not known as a mistake. */
  #climbable(estimate: number, now: number): number {
    for (let index = this.#ladder.length - 1; index > this.#index; index -= 1) {
      const need = this.#need(index);
      const id = this.#ladder[index]?.id ?? "";
      if (estimate >= HEADROOM * need && !this.#mistakes.forbids(id, now)) return index;
    }
    return this.#index;
  }

  #switch(advice: Advice, now: number, input?: AdaptiveInput): AdaptiveDecision {
    const before = this.rung;
    const goesUp = advice.to > this.#index;
    this.#index = advice.to;
    if (goesUp) this.#mistakes.climbed(before.id, this.rung.id, now);
    else this.#mistakes.left(before.id, now);
    return this.#changed(before, advice, now, input);
  }

  #changed(from: Rung, advice: Advice, now: number, input?: AdaptiveInput): AdaptiveDecision {
    const to = this.rung;
    const goesDown = to.bitsPerSecond < from.bitsPerSecond;
    this.#holdUntil = now + (goesDown ? HOLD_AFTER_DOWN_MS : HOLD_MS);
    if (goesDown) this.#settledAt = now + SETTLE_MS;
    this.#resetSigns();
    const entry: Entry =
      advice.urgent === true && input !== undefined
        ? quickestEntry(input, { from: this.#needOf(from), to: this.#needOf(to) })
        : "next_key_frame";
    const { reason, words } = advice;
    return this.#record({
      at: now,
      from,
      to,
      entry,
      reason,
      words,
      ...(input && { inputs: { ...input } }),
    });
  }

  #record(decision: AdaptiveDecision): AdaptiveDecision {
    this.#decisions.push(decision);
    if (this.#decisions.length > MOST_DECISIONS) this.#decisions.shift();
    return decision;
  }

  #resetSigns(): void {
    for (const sign of [this.#shortfall, this.#headroom, this.#bufferLow, this.#healthLow]) {
      sign.reset();
    }
  }

  /** The highest rung that fits, else the lowest. */
  #fitting(estimate: number): number {
    return Math.max(
      0,
      this.#ladder.findLastIndex((_, index) => this.#need(index) <= estimate),
    );
  }

  /**
   * The rung this one was climbed to from, when that was just now: it was all right until then, and in
   * the trouble since, the estimate has been driven too low.
   */
  #origin(estimate: number, now: number): number {
    const id = this.#mistakes.origin(this.rung.id, now);
    const index = this.#ladder.findIndex((rung) => rung.id === id);
    return index !== -1 && estimate >= ORIGIN_SHARE * this.#need(index) ? index : 0;
  }

  #fixed(quality: Quality): number | undefined {
    const preset = presetOf(quality);
    return preset && rungFor(this.#ladder, preset);
  }

  #need(index: number): number {
    return this.#needOf(this.#ladder[index] ?? this.#ladder[0]);
  }

  #needOf(rung: Rung): number {
    return rung.bitsPerSecond * WIRE_OVERHEAD + this.#reserved;
  }
}

function isCongested({ queueDelayMs, pacerDelayMs, lossRatio }: AdaptiveInput): boolean {
  return (
    queueDelayMs > CONGESTED.queueDelayMs ||
    pacerDelayMs > CONGESTED.pacerDelayMs ||
    lossRatio > CONGESTED.lossRatio
  );
}

function kbit(bitsPerSecond: number): string {
  return `${Math.round(bitsPerSecond / 1_000)} kbit/s`;
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}
