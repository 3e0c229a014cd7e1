/** What is answered, before it becomes an HTTP response. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** Bytes as they are pulled, not started yet; absent when there is nothing to send. */
  body?: AsyncIterable<Uint8Array> | Uint8Array | string;
  /** Bytes the body has: an answer that turns out shorter or longer is cut. */
  length?: number;
}
