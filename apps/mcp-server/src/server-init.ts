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
  /** Allow an address other machines can reach although no token exists. @default false */
  insecureNoAuth?: boolean | undefined;
  /** Whoever reaches the gateway may read, on any address, tokens or not. @default false */
  publicGateway?: boolean | undefined;
  /** Addresses or networks (`10.0.0.0/8`) of proxies whose `X-Forwarded-For` counts. @default [] */
  trustedProxies?: readonly string[] | undefined;
  /**
   * Requests a second that one token or address may make, with twice as many at once; 0 is no limit.
   *
   * @default 200; none for users of this machine while there is no token
   */
  rateLimit?: number | undefined;
  /** Bytes of a JSON body. @default 1 MiB */
  jsonBodyBytes?: number | undefined;
  /** Streaming sessions at a time. @default 200 */
  maxSessions?: number | undefined;
  /** Streaming sessions of one address. @default 20 */
  maxSessionsPerAddress?: number | undefined;
  /** Connections of one listener at a time. @default 12288 */
  maxConnections?: number | undefined;
  /** Seconds an answer may take to its first byte. @default 60 */
  firstByteSeconds?: number | undefined;
  /** Seconds in which a client must take something of its answer. @default 30 */
  answerIdleSeconds?: number | undefined;
  /** Folder for log files; none are written without it. */
  logDirectory?: string | undefined;
  /** Seconds that `stop()` lets requests in flight finish. @default 10 */
  drainSeconds?: number | undefined;
  /** Seconds in which an upload must send 16 KiB or end, or be cut; there is no cap on its time. @default 30 */
  uploadIdleSeconds?: number | undefined;
  /** Error answers show what went wrong inside. @default false */
  debug?: boolean | undefined;
}
