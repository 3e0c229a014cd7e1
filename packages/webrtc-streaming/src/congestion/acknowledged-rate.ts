/** Width of a bucket. */
const BUCKET_MS = 25;

/** As far back as can be asked for, in buckets: a second. */
const BUCKETS = 40;

/**
 * How fast data arrives at the far end, measured by the far end's own clock (GCC 5.5, R_hat), over any
 * time up to a second.
 */
export class AcknowledgedRate {
  readonly #bytes = new Float64Array(BUCKETS);
  #firstAt: number | undefined;
  #newest = 0;

  /** @param arrivedAt milliseconds of the far end's clock */
  add(bytes: number, arrivedAt: number): void {
    const bucket = Math.floor(arrivedAt / BUCKET_MS);
    if (this.#firstAt === undefined || bucket >= this.#newest + BUCKETS) {
      // The first, or the first after a silence longer than all that is kept.
      this.#bytes.fill(0);
      this.#firstAt = arrivedAt;
      this.#newest = bucket;
    }
    for (; this.#newest < bucket; this.#newest += 1) this.#bytes[index(this.#newest + 1)] = 0;
    if (bucket <= this.#newest - BUCKETS) return;
    this.#bytes[index(bucket)] = (this.#bytes[index(bucket)] ?? 0) + bytes;
  }

  /**
   * @param windowMs multiple of 25, up to 950; the bucket that is still filling does not count
   * @returns bits per second, or undefined before that much time has been seen
   */
  bitsPerSecond(windowMs: number): number | undefined {
    if (this.#firstAt === undefined) return undefined;
    const count = windowMs / BUCKET_MS;
    if (this.#newest - Math.floor(this.#firstAt / BUCKET_MS) < count) return undefined;
    let bytes = 0;
    for (let back = 1; back <= count; back += 1)
      bytes += this.#bytes[index(this.#newest - back)] ?? 0;
    return (bytes * 8 * 1_000) / windowMs;
  }
}

function index(bucket: number): number {
  return ((bucket % BUCKETS) + BUCKETS) % BUCKETS;
}
