import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";

export interface Stranger extends AsyncDisposable {
  url: string;
}

/** A server that answers as it likes. */
export async function startStranger(answer: RequestListener): Promise<Stranger> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
