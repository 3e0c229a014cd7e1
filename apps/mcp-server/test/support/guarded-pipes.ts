import { once } from "node:events";

import { noopLogger } from "@ipfs-kit/core";
import { Hono } from "hono";

import type { AppEnv } from "../../src/app-env.ts";
import { Edge } from "../../src/edge/edge.ts";
import { createRequestIds } from "../../src/edge/request-id.ts";
import { HttpListener } from "../../src/http-listener.ts";

const PIECE = new Uint8Array(64 * 1024).fill(7);

/**
 * A program for the benchmarks: our listener with its guard, and behind it as good as nothing. Takes
 * what is put to it, and gives as many bytes as it is asked for.
 */
const [directory = ""] = process.argv.slice(2);
const edge = new Edge({ isolation: true }, { folder: directory, logger: noopLogger });
await edge.start();
const app = new Hono<AppEnv>();

app.put("/discard", async (c) => {
  c.env.incoming.resume();
  await once(c.env.incoming, "end");
  return c.body(null, 204);
});

app.get("/discard", (c) => {
  let left = Number(c.req.query("size"));
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (left > 0) controller.enqueue(left < PIECE.length ? PIECE.slice(0, left) : PIECE);
        else controller.close();
        left -= PIECE.length;
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: { "content-type": "application/octet-stream" } });
});

const listener = new HttpListener({
  host: "127.0.0.1",
  port: 0,
  gate: edge.control,
  app,
  logger: noopLogger,
  nextRequestId: createRequestIds(),
  debug: false,
});
process.stdout.write(`${JSON.stringify({ http: await listener.listen() })}\n`);
