import { LOSS_WINDOW_MS, SENDER_REPORTS_KEPT } from "../defaults.ts";

/** One report block about one of our streams, as it arrived (RFC 3550, 6.4.1). */
export interface ReportBlock {
  ssrc: number;
  /** Of the packets since the report before, in 256ths. */
  fractionLost: number;
  /** Of all packets; negative when more arrived than were sent, e.g. twice. */
  packetsLost: number;
  /** The highest sequence number that has arrived, with the count of wraps above it. */
  highestSequence: number;
  /** In ticks of the RTP clock. */
  jitter: number;
  /** The middle 32 bits of the NTP time of the last sender report that arrived; 0 for none. */
  lastReport: number;
  /** Since that arrived, in 65,536ths of a second. */
  delaySinceLastReport: number;
}

/** What the far end said of one stream. A value not known is absent. */
export interface RemoteStats {
  packetsLost?: number;
  /** 0 to 1, over the time between its last two reports. */
  fractionLost?: number;
  /** 0 to 100, over the last five seconds. */
  lossPercent?: number;
  jitterMs?: number;
  rttMs?: number;
}

/** Reports kept to look back on: more than come in {@link LOSS_WINDOW_MS} at the usual rate of two a second. */
const BLOCKS_KEPT = 32;

/** What the far end's receiver reports say of one stream, and the round trip time they give. */
export class RemoteReports {
  readonly #clockRate: number;
  readonly #sentReports: { compactNtp: number; at: number }[] = [];
  readonly #blocks: { at: number; packetsLost: number; highestSequence: number }[] = [];
  readonly #stats: RemoteStats = {};

  constructor(clockRate: number) {
    this.#clockRate = clockRate;
  }

  get stats(): Readonly<RemoteStats> {
    return this.#stats;
  }

  /** A sender report has been sent: the far end will name it by the middle of its NTP time. */
  reportSent(ntp: bigint, at: number): void {
    this.#sentReports.push({ compactNtp: Number((ntp >> 16n) & 0xffff_ffffn), at });
    if (this.#sentReports.length > SENDER_REPORTS_KEPT) this.#sentReports.shift();
  }

  received(block: ReportBlock, now: number): void {
    this.#stats.packetsLost = block.packetsLost;
    this.#stats.fractionLost = block.fractionLost / 256;
    this.#stats.jitterMs = (block.jitter / this.#clockRate) * 1_000;
    this.#measureLoss(block, now);
    const answered = this.#sentReports.find(({ compactNtp }) => compactNtp === block.lastReport);
    if (answered === undefined || block.lastReport === 0) return;
    const heldMs = (block.delaySinceLastReport / 2 ** 16) * 1_000;
    this.#stats.rttMs = Math.max(0, now - answered.at - heldMs);
  }

  /** Of the packets the far end waited for in the last seconds, how many did not come. */
  #measureLoss({ packetsLost, highestSequence }: ReportBlock, now: number): void {
    this.#blocks.push({ at: now, packetsLost, highestSequence });
    while (
      this.#blocks.length > BLOCKS_KEPT ||
      (this.#blocks.length > 2 && now - (this.#blocks[1]?.at ?? now) >= LOSS_WINDOW_MS)
    ) {
      this.#blocks.shift();
    }
    const [oldest] = this.#blocks;
    if (oldest === undefined || this.#blocks.length < 2) return;
    const expected = highestSequence - oldest.highestSequence;
    if (expected <= 0) return;
    const lost = Math.min(expected, Math.max(0, packetsLost - oldest.packetsLost));
    this.#stats.lossPercent = (lost / expected) * 100;
  }
}
