import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Connections of the client: enough to keep one process busy, few enough to measure it and not them. */
const CONNECTIONS = 32;

/** Whether the load tool is to be had here. */
export async function hasWrk(): Promise<boolean> {
  // It has no way to be asked that ends with success.
  const told = await run("wrk", ["--version"]).catch((error: unknown) => error);
  return !(told instanceof Error && "code" in told && told.code === "ENOENT");
}

/**
 * Asks for a URL over and over, on connections that stay open.
 *
 * @returns how many answers there were
 * @throws Error when any of them was not a success
 */
export async function loadWithWrk(
  url: string,
  seconds: number,
  headers: readonly string[] = [],
): Promise<number> {
  const load = ["-t", "1", "-c", String(CONNECTIONS), "-d", `${seconds}s`, "--timeout", "10s"];
  const flags = [...load, ...headers.flatMap((header) => ["-H", header])];
  const { stdout } = await run("wrk", [...flags, url]);
  const trouble = /^.*(?:Non-2xx|Socket errors).*$/m.exec(stdout)?.[0];
  if (trouble !== undefined) throw new Error(`${url}: ${trouble.trim()}`);
  return Number(/(\d+) requests in/.exec(stdout)?.[1]);
}
