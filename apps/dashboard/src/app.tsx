import { useEffect, useState } from "react";

import { Header } from "./components/header.tsx";
import { ConnectPanel } from "./connection/connect-panel.tsx";
import { ServerNotes } from "./connection/server-notes.tsx";
import type { Arrival } from "./connection/sign-in.ts";
import { SignInPanel } from "./connection/sign-in-panel.tsx";
import { useServer } from "./connection/use-server.ts";
import { ContentPage } from "./pages/content/content-page.tsx";

const CONNECT = "#/connect";

interface AppProps {
  /** Settles when the login link that led here, if any, was followed. */
  arrival: Arrival;
}

/** The frame: which server, and the page about what it holds. */
export function App({ arrival }: AppProps) {
  const server = useServer(arrival);
  const { url, state } = server;
  const hash = useHash();
  const asked = hash.startsWith(CONNECT);
  const needed = url === undefined || state.status === "unreachable";
  const known = state.status === "live" || state.status === "reconnecting";

  return (
    <>
      <Header
        server={server}
        connecting={asked || needed}
        onToggleConnect={() => {
          location.hash = asked ? "" : CONNECT;
        }}
      />
      <main className="mx-auto max-w-300 space-y-4 px-4 py-4 sm:py-6">
        {(asked || needed) && (
          <ConnectPanel
            key={hash}
            server={server}
            suggestion={new URLSearchParams(hash.split("?")[1]).get("server") ?? url?.href ?? ""}
            onConnect={() => {
              location.hash = "";
            }}
          />
        )}
        {state.status === "signed-out" && url !== undefined && (
          <SignInPanel
            server={url}
            linkFailure={server.linkFailure}
            onSignedIn={() => server.connect(url)}
          />
        )}
        <ServerNotes state={state} />
        {known && url !== undefined && (
          <ContentPage key={url.href} server={url} live={state.status === "live"} />
        )}
      </main>
    </>
  );
}

function useHash(): string {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const update = () => setHash(location.hash);
    addEventListener("hashchange", update);
    return () => removeEventListener("hashchange", update);
  }, []);
  return hash;
}
