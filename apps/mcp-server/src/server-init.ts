/** What a server can be told. Everything has a safe default: this machine only, port 8000. */
export interface ServerInit {
  /** Address to listen on. @default "127.0.0.1" */
  host?: string | undefined;
  /** Port to listen on; 0 picks a free one. @default 8000 */
  port?: number | undefined;
  /** Serve content under `/ipfs/{cid}` on a listener of its own. @default true */
  gateway?: boolean | undefined;
  /** Address the gateway listens on. @default "127.0.0.1" */
  gatewayHost?: string | undefined;
  /** Port the gateway listens on; 0 picks a free one. @default 8080; 0 when `port` is 0 */
  gatewayPort?: number | undefined;
  /**
   * Where content is kept: in a store of its own, or by a Kubo daemon. `auto` is `kubo` when
   * `kuboApi` is given, else `embedded`: nobody is contacted unasked. @default "auto"
   */
  contentBackend?: "embedded" | "kubo" | "auto" | undefined;
  /** Kubo's RPC API, as URL or multiaddr. @default `/ip4/127.0.0.1/tcp/5001` when the backend is `kubo` */
  kuboApi?: string | undefined;
  /** Bytes of blocks kept in memory; 0 keeps none. @default 64 MiB */
  memoryCacheBytes?: number | undefined;
  /** Bytes of blocks kept in the data folder as a cache; 0 keeps none. @default 1 GiB with Kubo, else 0 */
  diskCacheBytes?: number | undefined;
  /** Folder for everything that is kept. @default `ipfs-kit` in the platform's data folder */
  persistencePath?: string | undefined;
  /** Bytes the embedded store may take; an add beyond fails with `storage_full`. 0 is no limit. @default 0 */
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
