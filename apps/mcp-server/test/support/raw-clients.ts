import { once } from "node:events";
import { connect, type Socket } from "node:net";

import { onTestFinished } from "vitest";

/** A client that got no end by then is left hanging, which is what is tested against. */
const HANGING_MS = 60_000;

/** A connection that stays half open when the far end is done; gone when the test is. */
export async function openClient(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  // A reset is one way of being answered.
  socket.on("error", () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** Everything that comes until the far end is done. @throws Error when it leaves us hanging */
export async function readToEnd(socket: Socket): Promise<string> {
  let text = "";
  const timer = setTimeout(() => socket.destroy(new Error("nothing more came")), HANGING_MS);
  try {
    for await (const piece of socket.setEncoding("latin1")) text += String(piece);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ECONNRESET")) throw error;
  } finally {
    clearTimeout(timer);
  }
  return text;
}

/** The statuses of the answers in what was read. */
export function statusesIn(text: string): number[] {
  const statuses = text.matchAll(/HTTP\/1\.1 (\d{3}) /g);
  return Array.from(statuses, ([, status]) => Number(status));
}
