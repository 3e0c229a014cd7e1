import { noopLogger } from "@ipfs-kit/core";

import { openBrowser } from "../open-browser.ts";
import type { Command } from "./command.ts";

const NAME_WIDTH = 16;

export const demo: Command = {
  name: "demo",
  summary: "Start a server that keeps nothing, with a test video in it, until Ctrl-C.",
  usage: "",
  count: { min: 0, max: 0 },
  common: "local",
  runsUntilInterrupted: true,
  flags: {
    "open-browser": { type: "boolean", help: "Open the dashboard in the browser." },
  },
  async run(input, { output, signal }) {
    output.status("starting a server, making a test video");
    // Other commands need none of what a server is made of, and start quicker without it.
    const { startDemo } = await import("./demo/serve-demo.ts");
    await using running = await startDemo(signal);
    output.status("");
    const { server, content, cid } = running;
    const dashboard = `${server.url}/dashboard/`;
    const address = server.gatewayUrl === undefined ? "" : `${server.gatewayUrl}/ipfs/${cid}`;
    await output.result(
      {
        event: "ready",
        http: server.url,
        dashboard,
        content: address,
        cid,
        name: content.name,
        is_video: content.isVideo,
      },
      ...(content.isVideo
        ? []
        : ["There is no transcoder here (install ffmpeg), so a text was added, not a video.", ""]),
      `${"Dashboard".padEnd(NAME_WIDTH)}${dashboard}`,
      `${content.name.padEnd(NAME_WIDTH)}${cid}`,
      `${"Gateway".padEnd(NAME_WIDTH)}${address}`,
      "",
      content.isVideo ? "Play it on the dashboard, or here:" : "Read it:",
      `  ipfs-kit ${content.isVideo ? "stream" : "cat"} ${cid} --server ${server.url}`,
      "",
      "Ctrl-C ends it, and removes what it kept.",
    );
    if (input.isOn("open-browser")) openBrowser(dashboard, noopLogger);
    await interrupted(signal);
  },
};

async function interrupted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
}
