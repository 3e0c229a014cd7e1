import { createViewer, type Playback, type ViewerInit } from "@ipfs-kit/webrtc-streaming/client";
import { afterEach, beforeEach, vi } from "vitest";

import { FakePeer, FakeSocket, type FakeTrack, settle } from "./client-fakes.ts";

class FakeStream {
  readonly tracks: FakeTrack[];
  constructor(tracks: FakeTrack[]) {
    this.tracks = tracks;
  }
}

export type Play = Playback<FakeTrack, FakeStream>;

/** Fake time for every test of a file; each must leave no timer behind. */
export function useClientStage(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    FakeSocket.opened = [];
    FakePeer.made = [];
  });
  afterEach(() => {
    if (vi.getTimerCount() > 0) throw new Error("A timer was left behind.");
    vi.useRealTimers();
  });
}

export function viewerOf(init: Partial<ViewerInit<FakeTrack, FakeStream>> = {}) {
  return createViewer<FakeTrack, FakeStream>({
    url: "ws://server/ws/webrtc",
    RTCPeerConnection: FakePeer,
    WebSocket: FakeSocket,
    MediaStream: FakeStream,
    now: () => Date.now(),
    ...init,
  });
}

export function socketOf(index = 0): FakeSocket {
  const socket = FakeSocket.opened[index];
  if (socket === undefined) throw new Error(`There is no socket ${index}.`);
  return socket;
}

export function peerOf(index = 0): FakePeer {
  const peer = FakePeer.made[index];
  if (peer === undefined) throw new Error(`There is no peer ${index}.`);
  return peer;
}

/** Everything up to flowing media. */
export async function connect(playback: Play, { id = "pc-1", index = 0 } = {}): Promise<FakePeer> {
  socketOf().offer(id, playback.cid);
  await settle();
  const peer = peerOf(index);
  peer.enter("connected");
  await playback.whenConnected();
  return peer;
}

export async function opened(viewer = viewerOf(), cid = "bafy-a") {
  const playback = viewer.open(cid);
  socketOf().welcome();
  await settle();
  return { viewer, playback, socket: socketOf() };
}
