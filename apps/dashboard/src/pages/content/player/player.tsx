import { type PlaybackState, STEPS } from "@ipfs-kit/webrtc-streaming/client";
import { useCallback, useEffect, useRef, useState } from "react";

import { Button } from "../../../components/button.tsx";
import { Cid } from "../../../components/cid.tsx";
import { ErrorNote } from "../../../components/error-note.tsx";
import { CrossIcon } from "../../../components/icons.tsx";
import { StrangerText } from "../../../components/stranger-text.tsx";
import { type Failure, failureOf } from "../../../errors/failure.ts";
import { shortCid } from "../../../text/format.ts";
import { Controls } from "./controls.tsx";
import { MediaView } from "./media-view.tsx";
import { PreparingNote } from "./preparing-note.tsx";
import { StatsLine } from "./stats-line.tsx";
import { Steps } from "./steps.tsx";
import { usePlayback } from "./use-playback.ts";

interface PlayerProps {
  server: URL;
  cid: string;
  /** May be empty. */
  name: string;
  onClose: () => void;
}

/** Plays one CID: the picture, how it got here, and what can be done with it. */
export function Player({ server, cid, name, onClose }: PlayerProps) {
  const [attempt, setAttempt] = useState(0);
  const view = usePlayback(server, cid, attempt);
  const { playback, state, steps, offered, preparing, stream, failure } = view;
  const [refused, setRefused] = useState<Failure>();
  const [muted, setMuted] = useState(false);
  const panel = useRef<HTMLElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement>(null);

  useEffect(() => {
    // A block: newer browsers return a promise, which is no clean-up function.
    panel.current?.scrollIntoView({ block: "nearest" });
  }, []);

  const command = useCallback(async (work: () => Promise<void> | undefined) => {
    try {
      await work();
      setRefused(undefined);
    } catch (error) {
      setRefused(failureOf(error));
    }
  }, []);
  const onSeek = useCallback(
    (seconds: number) => void command(() => playback?.seek(seconds)),
    [command, playback],
  );
  const readPlace = useCallback(
    () => ({ position: playback?.position ?? 0, duration: playback?.duration }),
    [playback],
  );
  const readStats = useCallback(
    async () => (playback === undefined ? { bytesReceived: 0, packetsLost: 0 } : playback.stats()),
    [playback],
  );
  const onMute = useCallback((next: boolean) => {
    if (video.current !== null) video.current.muted = next;
    setMuted(next);
  }, []);
  const onMutedStart = useCallback(() => setMuted(true), []);

  const shownFailure = failure ?? refused;
  const audioOnly = offered.length > 0 && offered.every(({ kind }) => kind === "audio");
  const connected = steps.some((step) => step.name === "dtls");
  return (
    <section
      ref={panel}
      aria-label="Player"
      data-testid="player"
      data-state={state}
      className="scroll-mt-16 overflow-hidden rounded-xl border border-line bg-card shadow-card lg:grid lg:grid-cols-[minmax(0,1fr)_20rem]"
    >
      <div ref={stage} className="flex flex-col bg-card lg:border-r lg:border-line">
        <MediaView
          video={video}
          stream={stream}
          audioOnly={audioOnly}
          onMutedStart={onMutedStart}
          waitingText={steps.length === STEPS.length ? undefined : WAITING[state]}
        />
        <Controls
          state={state}
          readPlace={readPlace}
          onToggle={() =>
            void command(() => (state === "playing" ? playback?.pause() : playback?.resume()))
          }
          onSeek={onSeek}
          muted={muted}
          onMute={onMute}
          onFullscreen={() => void toggleFullscreen(stage.current)}
        />
      </div>
      <div className="space-y-3 p-4 max-lg:border-t max-lg:border-line">
        <div className="flex items-start gap-2">
          <div className="min-w-0 grow">
            <h2 className="text-lg leading-snug font-semibold wrap-anywhere">
              {name === "" ? shortCid(cid) : <StrangerText text={name} />}
            </h2>
            <Cid cid={cid} />
          </div>
          <Button onClick={onClose} data-testid="close">
            <CrossIcon />
            Close
          </Button>
        </div>
        {preparing !== undefined && steps.length === 0 && failure === undefined && (
          <PreparingNote preparing={preparing} />
        )}
        <Steps done={steps} failed={state === "failed"} />
        {connected && <StatsLine read={readStats} />}
        {state === "interrupted" && (
          <p role="status" className="text-warn">
            The path to the server broke. Waiting for it to come back…
          </p>
        )}
        {shownFailure !== undefined && (
          <ErrorNote failure={shownFailure}>
            {failure !== undefined && (
              <Button
                onClick={() => {
                  setRefused(undefined);
                  setAttempt(attempt + 1);
                }}
              >
                Try again
              </Button>
            )}
          </ErrorNote>
        )}
      </div>
    </section>
  );
}

/** What stands where the picture will be. */
const WAITING: Readonly<Partial<Record<PlaybackState, string>>> = {
  requesting: "Asking the server…",
  preparing: "The server is getting it ready…",
  connecting: "Connecting…",
  playing: "Waiting for the first frame…",
  failed: "Cannot be played",
};

async function toggleFullscreen(stage: HTMLElement | null): Promise<void> {
  if (document.fullscreenElement === null) await stage?.requestFullscreen();
  else await document.exitFullscreen();
}
