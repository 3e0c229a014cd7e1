import { setTimeout as sleep } from "node:timers/promises";

import type { Ready } from "@ipfs-kit/core/wire";
import type { JSHandle } from "playwright-core";

import type { PageViewer, Sample } from "./page-viewer.ts";

/** The address of the signaling socket of a server. */
export function signalingUrl({ http }: Ready): string {
  return `${http.replace("http", "ws")}/ws/webrtc`;
}

/** What a viewer shows now, and after a while of watching. */
export async function watch(
  viewer: JSHandle<PageViewer>,
  milliseconds: number,
): Promise<{ before: Sample; after: Sample }> {
  const before = await viewer.evaluate((seen) => seen.sample());
  await sleep(milliseconds);
  return { before, after: await viewer.evaluate((seen) => seen.sample()) };
}
