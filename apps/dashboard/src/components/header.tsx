import { LinkBadge } from "../connection/link-badge.tsx";
import { SignOutButton } from "../connection/sign-out-button.tsx";
import type { Server } from "../connection/use-server.ts";
import { Logo, ServerIcon } from "./icons.tsx";
import { ThemeSwitch } from "./theme-switch.tsx";

interface HeaderProps {
  server: Server;
  connecting: boolean;
  onToggleConnect: () => void;
}

/** Name, which server, whether it is there. */
export function Header({ server, connecting, onToggleConnect }: HeaderProps) {
  const { url, state } = server;
  const version =
    state.status === "live" || state.status === "reconnecting" ? state.version.version : undefined;
  return (
    <header className="sticky top-0 z-10 border-b border-line bg-card">
      <div className="mx-auto flex h-12 max-w-300 items-center gap-2 px-4 sm:gap-3">
        <Logo />
        <h1 className="shrink-0 text-lg font-semibold tracking-tight whitespace-nowrap">
          IPFS Kit
        </h1>
        <span className="grow" />
        <button
          type="button"
          aria-expanded={connecting}
          onClick={onToggleConnect}
          data-testid="server"
          title={url === undefined ? "Choose a server" : `Server ${url.href}`}
          className="inline-flex h-8 min-w-0 items-center gap-1.5 rounded-full border border-line px-2.5 text-ink-soft transition-colors hover:bg-sunken hover:text-ink"
        >
          <span className="max-sm:hidden">
            <ServerIcon />
          </span>
          <span className="sr-only">Server</span>
          <span className="truncate">{url?.host ?? "Choose a server"}</span>
          {version !== undefined && <span className="max-sm:hidden">· {version}</span>}
        </button>
        <LinkBadge status={url === undefined ? "unreachable" : state.status} />
        {version !== undefined && url?.origin === location.origin && (
          <SignOutButton server={url} onSignedOut={() => server.connect(url)} />
        )}
        <ThemeSwitch />
      </div>
    </header>
  );
}
