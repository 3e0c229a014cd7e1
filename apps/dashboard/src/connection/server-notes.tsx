import { safeText } from "../text/safe-text.ts";
import { WarningIcon } from "../components/icons.tsx";
import type { ServerState } from "./server-link.ts";

/** Parts of the server that do not work as they should, with the server's reason. */
export function ServerNotes({ state }: { state: ServerState }) {
  if (state.status === "reconnecting") {
    return (
      <Note>
        The server does not answer. What you see is from before. Next try in{" "}
        {Math.round(state.retryInMs / 1000)} s.
      </Note>
    );
  }
  if (state.status !== "live") return null;
  const troubled = state.health.components.filter(
    ({ status }) => status === "degraded" || status === "unavailable",
  );
  return troubled.map(({ name, status, reason }) => (
    <Note key={name}>
      <strong>{safeText(name)}</strong> is {status}
      {reason === undefined ? "." : `: ${safeText(reason)}`}
    </Note>
  ));
}

function Note({ children }: { children: React.ReactNode }) {
  return (
    <p role="status" className="flex gap-2 rounded-lg bg-warn-soft px-3 py-2">
      <span className="mt-0.5 text-warn">
        <WarningIcon />
      </span>
      <span className="min-w-0">{children}</span>
    </p>
  );
}
