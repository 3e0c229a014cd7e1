import type { OfferedTrack, Preparing } from "@ipfs-kit/core/wire";
import {
  type CompletedStep,
  createViewer,
  type Playback,
  type PlaybackState,
} from "@ipfs-kit/webrtc-streaming/client";
import { useEffect, useState } from "react";

import { signalingAddress } from "../../../connection/server-address.ts";
import { type Failure, failureOf } from "../../../errors/failure.ts";

type BrowserPlayback = Playback<MediaStreamTrack, MediaStream>;

/** A playback as it is shown. */
export interface PlaybackView {
  playback: BrowserPlayback | undefined;
  state: PlaybackState;
  steps: readonly CompletedStep[];
  offered: readonly OfferedTrack[];
  preparing: Preparing | undefined;
  stream: MediaStream | undefined;
  failure: Failure | undefined;
}

const NOTHING: PlaybackView = {
  playback: undefined,
  state: "requesting",
  steps: [],
  offered: [],
  preparing: undefined,
  stream: undefined,
  failure: undefined,
};

/** Plays a CID for as long as the component is there; a new `attempt` begins anew. */
export function usePlayback(server: URL, cid: string, attempt: number): PlaybackView {
  const [view, setView] = useState(NOTHING);

  useEffect(() => {
    const stop = new AbortController();
    const change = (part: Partial<PlaybackView>) => {
      if (!stop.signal.aborted) setView((before) => ({ ...before, ...part }));
    };
    setView(NOTHING);
    try {
      const viewer = createViewer({
        url: signalingAddress(server),
        RTCPeerConnection,
        WebSocket,
        MediaStream,
        signal: stop.signal,
      });
      const playback = viewer.open(cid);
      change({ playback });
      playback.on("state", (state) => change({ state, offered: playback.offered }));
      playback.on("step", () => change({ steps: playback.steps.slice() }));
      playback.on("preparing", (preparing) => change({ preparing }));
      playback.on("track", () => change({ stream: playback.stream }));
      playback.on("error", (error) => change({ failure: failureOf(error) }));
    } catch (error) {
      change({ state: "failed", failure: failureOf(error) });
    }
    return () => stop.abort();
  }, [server, cid, attempt]);

  return view;
}
