import type { ReactNode } from "react";

import { CheckIcon, CrossIcon, DashedIcon } from "../components/icons.tsx";
import type { ServerState } from "./server-link.ts";

const LOOKS: Readonly<
  Record<ServerState["status"], { tone: string; word: string; icon: ReactNode }>
> = {
  live: { tone: "text-ok", word: "Live", icon: <CheckIcon /> },
  checking: { tone: "text-busy", word: "Connecting…", icon: <DashedIcon /> },
  reconnecting: { tone: "text-warn", word: "Reconnecting…", icon: <DashedIcon /> },
  "signed-out": { tone: "text-warn", word: "Signed out", icon: <DashedIcon /> },
  unreachable: { tone: "text-bad", word: "Offline", icon: <CrossIcon /> },
};

/** Whether the server is there, as icon, word and colour. */
export function LinkBadge({ status }: { status: ServerState["status"] }) {
  const { tone, word, icon } = LOOKS[status];
  return (
    <span
      role="status"
      data-testid="link-badge"
      data-status={status}
      className={`inline-flex shrink-0 items-center gap-1 font-medium ${tone}`}
    >
      {icon}
      {word}
    </span>
  );
}
