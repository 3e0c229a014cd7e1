import { describe, expect, it } from "vitest";

import { parseServerAddress, signalingAddress } from "../src/connection/server-address.ts";

describe("server addresses", () => {
  it.each([
    ["http://127.0.0.1:8000", "http://127.0.0.1:8000/"],
    [" localhost:8000 ", "http://localhost:8000/"],
    ["media.example", "http://media.example/"],
    ["https://media.example/kit", "https://media.example/kit/"],
    ["https://user:secret@media.example/?q#x", "https://media.example/"],
    ["[::1]:8000", "http://[::1]:8000/"],
  ])("takes %j as %s", (text, href) => {
    expect(parseServerAddress(text)?.href).toBe(href);
  });

  it.each([
    "",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "ws://host",
    "data:text/html,x",
    "http://",
  ])("refuses %j", (text) => {
    expect(parseServerAddress(text)).toBeUndefined();
  });

  it("knows where the signaling socket is", () => {
    expect(signalingAddress(new URL("http://a:1/")).href).toBe("ws://a:1/ws/webrtc");
    expect(signalingAddress(new URL("https://a/kit/")).href).toBe("wss://a/kit/ws/webrtc");
  });
});
