import { setTimeout as wait } from "node:timers/promises";

import { openSockets } from "./process-level.ts";
import { type SpawnedServer, spawnServer } from "./spawn-server.ts";

/** Until the connections of whoever is gone must be gone too: some have a grace of five seconds. */
const SETTLE_MS = 20_000;
const LOOK_MS = 100;

/** A server that strangers are let loose on. */
export interface Exposed {
  server: SpawnedServer;
  url: string;
  port: number;
  pid: number;
  /** Sockets it had open when nobody was connected. */
  sockets: number;
}

export async function startExposed(): Promise<Exposed> {
  const server = spawnServer(["--isolation", "--port", "0", "--log-level", "error"]);
  const { http: url, pid } = await server.ready;
  return { server, url, port: Number(new URL(url).port), pid, sockets: await openSockets(pid) };
}

/** @throws Error unless it lives, answers, and soon holds nothing of whoever is gone */
export async function assertUnharmed({ url, pid, sockets }: Exposed): Promise<void> {
  const alive = await fetch(`${url}/livez`, { headers: { connection: "close" } });
  if (alive.status !== 200) throw new Error(`It answers ${alive.status}.`);
  await alive.text();
  let open = await openSockets(pid);
  for (let waited = 0; open !== sockets && waited < SETTLE_MS; waited += LOOK_MS) {
    await wait(LOOK_MS);
    open = await openSockets(pid);
  }
  if (open !== sockets) throw new Error(`It has ${open} sockets open instead of ${sockets}.`);
}

/** Stops it. @throws Error unless it ends as it should, and has nothing to report */
export async function endCleanly({ server }: Pick<Exposed, "server">): Promise<void> {
  server.child.kill("SIGTERM");
  const { code, stderr } = await server.ended;
  if (code !== 0 || stderr.length > 0) {
    throw new Error(`It ended with ${code}: ${stderr.join("\n")}`);
  }
}
