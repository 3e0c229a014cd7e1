import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { findKubo, startKubo } from "@ipfs-kit/testing";

/** A program that answers Kubo's RPC. */
export interface Daemon extends AsyncDisposable {
  url: string;
  pid: number;
}

const READY_MS = 30_000;

const SERVER = fileURLToPath(new URL("../../apps/mcp-server/src/main.ts", import.meta.url));

/** Our server on a fresh folder. */
export async function startServer(directory: string): Promise<Daemon> {
  const flags = ["--port", "0", "--gateway-port", "0", "--persistence-path", directory];
  const child = spawn(
    process.execPath,
    ["--conditions=@ipfs-kit/source", SERVER, ...flags, "--log-level", "error"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const lines = createInterface(child.stdout);
  const [line] = await once(lines, "line", { signal: AbortSignal.timeout(READY_MS) });
  const ready: { http: string } = JSON.parse(String(line));
  return {
    url: ready.http,
    pid: child.pid ?? 0,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.kill("SIGTERM")) await once(child, "exit");
    },
  };
}

/** What our server does unasked: the profile `unixfs-v1-2025`. */
const PROFILE = {
  CidVersion: 1,
  UnixFSRawLeaves: true,
  UnixFSChunker: "size-1048576",
  UnixFSFileMaxLinks: 1024,
};

/** Kubo with our profile's parameters; `undefined` where there is none. */
export async function startKuboDaemon(): Promise<Daemon | undefined> {
  if (findKubo() === undefined) return undefined;
  const kubo = await startKubo({ config: { Import: PROFILE } });
  return { url: kubo.api, pid: kubo.pid, [Symbol.asyncDispose]: async () => kubo.stop() };
}
