import { useCallback, useEffect, useState } from "react";

import { initialServer, rememberServer } from "./server-address.ts";
import { type ServerState, watchServer } from "./server-link.ts";

export interface Server {
  /** The address in use; undefined when none is known. */
  url: URL | undefined;
  state: ServerState;
  /** Uses another server, or the same one again from the start. */
  connect: (url: URL) => void;
}

/** The server this page talks to, and whether it is there. */
export function useServer(): Server {
  const [url, setUrl] = useState(() => initialServer(location));
  const [state, setState] = useState<ServerState>({ status: "checking" });

  useEffect(() => {
    if (url === undefined) return undefined;
    const stop = new AbortController();
    void watchServer(url, setState, stop.signal);
    return () => stop.abort();
  }, [url]);

  const connect = useCallback((next: URL) => {
    rememberServer(next);
    setState({ status: "checking" });
    setUrl(next);
  }, []);

  return { url, state, connect };
}
