import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { IpfsKitError, type TreeEntry } from "@ipfs-kit/core";
import { findTranscoder } from "@ipfs-kit/webrtc-streaming";

import { createServer, type IpfsKitServer } from "../../server.ts";
import { textAt } from "../json-fields.ts";
import { multipartBody } from "../multipart-body.ts";
import { RpcClient } from "../rpc-client.ts";
import { type DemoContent, demoContent } from "./test-content.ts";

const IDLE_MS = 30_000;

/** A server to look at, with something in it. */
export interface Demo extends AsyncDisposable {
  server: IpfsKitServer;
  content: DemoContent;
  cid: string;
}

/** Starts a server that keeps nothing, on free ports, and adds something to see. */
export async function startDemo(signal: AbortSignal): Promise<Demo> {
  const server = createServer({ port: 0, gatewayPort: 0, isolation: true });
  await server.start();
  try {
    const content = await makeContent(signal);
    const cid = await add(server, content, signal);
    return { server, content, cid, [Symbol.asyncDispose]: async () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function makeContent(signal: AbortSignal): Promise<DemoContent> {
  const scratchDirectory = await mkdtemp(join(tmpdir(), "ipfs-kit-demo-"));
  try {
    return await demoContent(await findTranscoder({ scratchDirectory }), signal);
  } finally {
    await rm(scratchDirectory, { recursive: true, force: true });
  }
}

async function add(
  { url }: IpfsKitServer,
  content: DemoContent,
  signal: AbortSignal,
): Promise<string> {
  const client = new RpcClient({ url: new URL(url), idleMs: IDLE_MS });
  const body = multipartBody(oneFile(content));
  const cid = textAt(
    await client.object("add", { query: { "cid-version": "1" }, body, signal }),
    "Hash",
  );
  if (cid === undefined) throw new IpfsKitError("unavailable", "The server told no CID.");
  return cid;
}

async function* oneFile({ name, bytes }: DemoContent): AsyncGenerator<TreeEntry, void> {
  yield {
    path: name,
    content: (async function* () {
      yield bytes;
    })(),
  };
}
