import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

import { getRequestListener } from "@hono/node-server";
import { Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { requestId } from "hono/request-id";
import { secureHeaders } from "hono/secure-headers";

/** What a peer answers `GET` of one path with. */
interface Given {
  path: string;
  body: object;
}

const BODY_LIMIT = { maxSize: 1024 * 1024 };
/** What people put before their routes when they take what Hono brings, as it comes. */
const STOCK = [requestId(), secureHeaders(), cors(), bodyLimit(BODY_LIMIT)];
/** The same, open to one page only, which costs less than to be open to all. */
const CAREFUL = [
  requestId(),
  secureHeaders(),
  cors({ origin: "https://app.example" }),
  bodyLimit(BODY_LIMIT),
];

/** Servers that answer the same as ours and do less, or the same with other means. */
const PEERS: Readonly<Record<string, (given: Given) => RequestListener>> = {
  "node:http":
    ({ path, body }) =>
    (incoming, outgoing) => {
      if (incoming.url !== path) {
        outgoing.writeHead(404).end();
        return;
      }
      const text = JSON.stringify(body);
      outgoing.writeHead(200, {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(text),
      });
      outgoing.end(text);
    },
  hono: (given) => hono(given, []),
  stock: (given) => hono(given, STOCK),
  "stock, one origin": (given) => hono(given, CAREFUL),
};

function hono({ path, body }: Given, middleware: readonly MiddlewareHandler[]): RequestListener {
  const app = new Hono();
  for (const each of middleware) app.use(each);
  app.get(path, (c) => c.json(body));
  const listener = getRequestListener(app.fetch);
  return (incoming, outgoing) => void listener(incoming, outgoing);
}

const [name = "", path = "", text = "{}"] = process.argv.slice(2);
const listenerOf = PEERS[name];
if (listenerOf === undefined) throw new Error(`There is no server "${name}".`);
const body: object = JSON.parse(text);
const server = createServer(listenerOf({ path, body }));
server.listen(0, "127.0.0.1", () => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port, not a path
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ http: `http://127.0.0.1:${port}` })}\n`);
});
