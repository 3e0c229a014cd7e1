import { useCallback, useEffect, useState } from "react";

import type { Failure } from "../errors/failure.ts";
import { initialServer, rememberServer } from "./server-address.ts";
import { type Arrival, followLoginLink } from "./sign-in.ts";
import { type ServerState, watchServer } from "./server-link.ts";

export interface Server {
  /** The address in use; undefined when none is known. */
  url: URL | undefined;
  state: ServerState;
  /** Why the login link that led here did not work. */
  linkFailure: Failure | undefined;
  /** Uses another server, or the same one again from the start. */
  connect: (url: URL) => void;
}

/**
 * The server this page talks to, and whether it is there.
 *
 * @param firstArrival settles when the login link that led here, if any, was followed. The server is not
 *   asked before.
 */
export function useServer(firstArrival: Arrival): Server {
  const [url, setUrl] = useState(() => initialServer(location));
  const [state, setState] = useState<ServerState>({ status: "checking" });
  const [arrival, setArrival] = useState(firstArrival);
  const [linkFailure, setLinkFailure] = useState<Failure>();

  useEffect(() => {
    if (url === undefined) return undefined;
    const stop = new AbortController();
    void arrival.then((failure) => {
      if (stop.signal.aborted) return undefined;
      setLinkFailure(failure);
      return watchServer(url, setState, stop.signal);
    });
    return () => stop.abort();
  }, [url, arrival]);

  const connect = useCallback((next: URL) => {
    rememberServer(next);
    setState({ status: "checking" });
    // A new object each time: the same address again is asked again.
    setUrl(new URL(next));
  }, []);

  // A link pasted into a page that is open loads nothing: only what is behind the `#` changes.
  useEffect(() => {
    const follow = () => {
      const next = followLoginLink();
      if (next === undefined) return;
      setArrival(next);
      connect(new URL(location.origin));
    };
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, [connect]);

  return { url, state, linkFailure, connect };
}
