import { useEffect, useState } from "react";

import { Button } from "../components/button.tsx";
import { readSession, signOut } from "./sign-in.ts";

interface SignOutButtonProps {
  server: URL;
  onSignedOut: () => void;
}

/** There for who is signed in: that is, has a cookie where one is needed. */
export function SignOutButton({ server, onSignedOut }: SignOutButtonProps) {
  const [role, setRole] = useState<string>();

  useEffect(() => {
    const stop = new AbortController();
    readSession(server, { signal: stop.signal }).then(
      ({ needs_token, role: own }) => setRole(needs_token ? own : undefined),
      // Then nobody can be signed out either; the badge says what is wrong.
      () => setRole(undefined),
    );
    return () => stop.abort();
  }, [server]);

  if (role === undefined) return null;
  return (
    <Button
      kind="quiet"
      data-testid="sign-out"
      title={`Signed in as ${role}`}
      onClick={() => void signOut(server).then(onSignedOut, onSignedOut)}
    >
      Sign out
    </Button>
  );
}
