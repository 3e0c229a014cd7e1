import { type FormEvent, useId, useState } from "react";

import { Button } from "../components/button.tsx";
import { ErrorNote } from "../components/error-note.tsx";
import { type Failure, failureOf } from "../errors/failure.ts";
import { signIn } from "./sign-in.ts";

interface SignInPanelProps {
  server: URL;
  /** Why a login link did not work. */
  linkFailure: Failure | undefined;
  onSignedIn: () => void;
}

/** Asks for a token, once: what is kept is a cookie this page cannot read. */
export function SignInPanel({ server, linkFailure, onSignedIn }: SignInPanelProps) {
  const [token, setToken] = useState("");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState(linkFailure);
  const id = useId();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await signIn(server, { token: token.trim() });
      setToken("");
      onSignedIn();
    } catch (error) {
      setFailure(failureOf(error));
    }
    setBusy(false);
  };

  return (
    <section
      aria-labelledby={`${id}-title`}
      data-testid="sign-in"
      className="space-y-3 rounded-xl border border-line bg-card p-4 shadow-card"
    >
      <h2 id={`${id}-title`} className="text-lg font-semibold">
        Sign in
      </h2>
      {server.origin === location.origin ? (
        <form onSubmit={(event) => void submit(event)} className="flex flex-wrap items-end gap-2">
          <label htmlFor={id} className="min-w-0 grow basis-64 space-y-1">
            <span className="block text-ink-soft">Token</span>
            <input
              id={id}
              data-testid="token"
              type="password"
              value={token}
              onChange={(event) => setToken(event.target.value)}
              required
              spellCheck={false}
              autoComplete="current-password"
              placeholder="ik_…"
              className="h-9 w-full rounded-md border border-line-strong bg-page px-2.5 font-mono"
            />
          </label>
          <Button kind="primary" type="submit" className="h-9" disabled={busy}>
            Sign in
          </Button>
        </form>
      ) : (
        <p>
          Sign in on the page the server brings along:{" "}
          <a className="text-accent underline" href={new URL("dashboard/", server).href}>
            {new URL("dashboard/", server).href}
          </a>
        </p>
      )}
      {failure !== undefined && <ErrorNote failure={failure} />}
      <p className="text-ink-soft">
        On the machine of the server,{" "}
        <code className="rounded bg-sunken px-1.5 py-0.5 font-mono">ipfs-kit token login-link</code>{" "}
        prints a link that signs you in, and{" "}
        <code className="rounded bg-sunken px-1.5 py-0.5 font-mono">ipfs-kit token create</code>{" "}
        makes a token.
      </p>
    </section>
  );
}
