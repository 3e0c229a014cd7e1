import { type FormEvent, useId, useState } from "react";

import { Button } from "../components/button.tsx";
import { CopyButton } from "../components/copy-button.tsx";
import { ErrorNote } from "../components/error-note.tsx";
import { parseServerAddress } from "./server-address.ts";
import type { Server } from "./use-server.ts";

interface ConnectPanelProps {
  server: Server;
  /** What stands in the field at first. */
  suggestion: string;
  onConnect: () => void;
}

/** Chooses the server, and explains what keeps a browser from reaching it. */
export function ConnectPanel({ server, suggestion, onConnect }: ConnectPanelProps) {
  const [text, setText] = useState(suggestion);
  const [refused, setRefused] = useState(false);
  const id = useId();
  const address = parseServerAddress(text);
  const { state, url } = server;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setRefused(address === undefined);
    if (address === undefined) return;
    server.connect(address);
    onConnect();
  };

  return (
    <section
      aria-labelledby={`${id}-title`}
      data-testid="connect"
      className="space-y-3 rounded-xl border border-line bg-card p-4 shadow-card"
    >
      <h2 id={`${id}-title`} className="text-lg font-semibold">
        Connect to a server
      </h2>
      <form onSubmit={submit} className="flex flex-wrap items-end gap-2" noValidate>
        <label htmlFor={id} className="min-w-0 grow basis-64 space-y-1">
          <span className="block text-ink-soft">Server address</span>
          <input
            id={id}
            data-testid="server-address"
            value={text}
            onChange={(event) => setText(event.target.value)}
            aria-invalid={refused}
            aria-describedby={`${id}-problem`}
            spellCheck={false}
            autoComplete="url"
            inputMode="url"
            placeholder="http://127.0.0.1:8000"
            className="h-9 w-full rounded-md border border-line-strong bg-page px-2.5 font-mono"
          />
        </label>
        <Button kind="primary" type="submit" className="h-9">
          Connect
        </Button>
      </form>
      <p id={`${id}-problem`} role="alert" className="text-bad empty:hidden">
        {refused
          ? "That is not an address this page can use: write http:// or https://, and a host."
          : ""}
      </p>
      {location.protocol === "https:" && address?.protocol === "http:" && (
        <p className="text-warn">
          This page came over https. Browsers let it talk to http:// only on this very machine, and
          may ask for permission first.
        </p>
      )}
      {state.status === "unreachable" && url !== undefined && (
        <>
          <ErrorNote failure={state.failure} />
          <OtherOrigin server={url} />
        </>
      )}
    </section>
  );
}

/** A browser cannot tell a server that is down from one that does not allow this page. */
function OtherOrigin({ server }: { server: URL }) {
  if (server.origin === location.origin) return null;
  const flag = `--allow-origin ${location.origin}`;
  return (
    <div className="space-y-2 rounded-lg bg-sunken p-3">
      <p>If the server runs, it may not allow this page yet. Start it with:</p>
      <p className="flex items-center gap-1">
        <code className="rounded bg-card px-1.5 py-0.5 font-mono" data-testid="allow-origin">
          {flag}
        </code>
        <CopyButton text={flag} what="flag" />
      </p>
      <p>
        Or open the page the server brings along:{" "}
        <a className="text-accent underline" href={new URL("dashboard/", server).href}>
          {new URL("dashboard/", server).href}
        </a>
      </p>
    </div>
  );
}
