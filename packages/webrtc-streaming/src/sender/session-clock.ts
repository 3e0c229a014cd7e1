/** Seconds from the NTP epoch (1900) to the Unix epoch (1970). */
const NTP_OFFSET_SECONDS = 2_208_988_800;

/**
 * The one clock of a session. Presentation times are milliseconds on it; every track's RTP time
 * stamps and sender reports are derived from it, which is what keeps lips and voice together
 * (RFC 3550, 6.4.1). Monotonic: a change of the system's time does not reach it.
 */
export class SessionClock {
  readonly #origin = performance.now();
  readonly #unixOrigin = Date.now();

  /** Milliseconds since the session began. */
  now(): number {
    return performance.now() - this.#origin;
  }

  /** Ticks of an RTP clock at a time of this one. */
  ticks(at: number, clockRate: number): number {
    return Math.round((at / 1_000) * clockRate);
  }

  /** A time of this clock as a 64-bit NTP time stamp. */
  ntp(at: number): bigint {
    const seconds = (this.#unixOrigin + at) / 1_000 + NTP_OFFSET_SECONDS;
    const whole = Math.floor(seconds);
    // The 32 bits of seconds wrap in 2036, as RFC 3550 expects.
    return (
      ((BigInt(whole) & 0xffff_ffffn) << 32n) | BigInt(Math.floor((seconds - whole) * 2 ** 32))
    );
  }
}
