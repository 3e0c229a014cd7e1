/** What a server can be told. Everything has a safe default: this machine only, port 8000. */
export interface ServerInit {
  /** Address to listen on. @default "127.0.0.1" */
  host?: string | undefined;
  /** Port to listen on; 0 picks a free one. @default 8000 */
  port?: number | undefined;
  /** Folder for everything that is kept. @default `ipfs-kit` in the platform's data folder */
  persistencePath?: string | undefined;
  /** Bytes the content may take; an add beyond fails with `storage_full`. 0 is no limit. @default 0 */
  storageMaxBytes?: number | undefined;
  /** Use a fresh temporary folder, removed by `stop()`. @default false */
  isolation?: boolean | undefined;
  /** `Host` headers to answer to, besides the loopback names: `name` or `name:port`. @default [] */
  allowHosts?: readonly string[] | undefined;
  /** Origins whose pages may use the API, e.g. `https://app.example`. @default [] */
  allowOrigins?: readonly string[] | undefined;
  /** Allow an address other machines can reach although there is no sign-in. @default false */
  insecureNoAuth?: boolean | undefined;
  /** Seconds that `stop()` lets requests in flight finish. @default 10 */
  drainSeconds?: number | undefined;
  /** Seconds in which an upload must send 16 KiB or end, or be cut; there is no cap on its time. @default 30 */
  uploadIdleSeconds?: number | undefined;
  /** Error answers show what went wrong inside. @default false */
  debug?: boolean | undefined;
}
