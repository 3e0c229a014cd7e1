const STORAGE_KEY = "ipfs-kit-server";

/** A usable server address: `http(s)` only, ending in `/`; undefined when the text is none. */
export function parseServerAddress(text: string): URL | undefined {
  const trimmed = text.trim();
  const url = URL.parse(
    /^[a-z][a-z0-9+.-]*:/i.test(trimmed) ? withScheme(trimmed) : `http://${trimmed}`,
  );
  if (url === null || !["http:", "https:"].includes(url.protocol) || url.hostname === "") {
    return undefined;
  }
  url.username = "";
  url.password = "";
  url.search = "";
  url.hash = "";
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

/** `localhost:8000` reads like a scheme; it is a host and a port. */
function withScheme(text: string): string {
  return /^[^/]+:\d+(\/|$)/.test(text) ? `http://${text}` : text;
}

/** The server chosen in this tab, else the one this page came from. */
export function initialServer(page: Location): URL | undefined {
  const stored = readStored();
  if (stored !== undefined) return stored;
  return page.protocol === "http:" || page.protocol === "https:"
    ? parseServerAddress(page.origin)
    : undefined;
}

export function rememberServer(server: URL): void {
  try {
    sessionStorage.setItem(STORAGE_KEY, server.href);
  } catch {
    // Storage is off: it has to be typed again after a reload.
  }
}

/** Where the signaling socket of a server is. */
export function signalingAddress(server: URL): URL {
  const url = new URL("ws/webrtc", server);
  url.protocol = server.protocol === "https:" ? "wss:" : "ws:";
  return url;
}

function readStored(): URL | undefined {
  try {
    const stored = sessionStorage.getItem(STORAGE_KEY);
    return stored === null ? undefined : parseServerAddress(stored);
  } catch {
    return undefined;
  }
}
