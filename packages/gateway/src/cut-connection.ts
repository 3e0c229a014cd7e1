/**
 * Resets the connection of a request that a Node HTTP/1 server hands over in `env.outgoing`, as
 * `@hono/node-server` does: the client sees an error and not an end, even one that speaks HTTP/1.0,
 * to whom the end of the connection is the end of the answer.
 *
 * @returns false where there is no such connection
 */
export function cutConnection(env: unknown): boolean {
  const socket = field(field(env, "outgoing"), "socket");
  const reset = field(socket, "resetAndDestroy");
  if (typeof reset !== "function" || field(field(env, "incoming"), "httpVersionMajor") !== 1) {
    return false;
  }
  Reflect.apply(reset, socket, []);
  return true;
}

function field(of: unknown, name: string): unknown {
  return typeof of === "object" && of !== null ? Reflect.get(of, name) : undefined;
}
