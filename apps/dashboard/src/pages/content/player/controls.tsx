import type { PlaybackState } from "@ipfs-kit/webrtc-streaming/client";

import { Button } from "../../../components/button.tsx";
import {
  ExpandIcon,
  MutedIcon,
  PauseIcon,
  PlayIcon,
  ReplayIcon,
  SoundIcon,
} from "../../../components/icons.tsx";
import { SeekBar } from "./seek-bar.tsx";

interface ControlsProps {
  state: PlaybackState;
  readPlace: () => { position: number; duration: number | undefined };
  onToggle: () => void;
  onSeek: (seconds: number) => void;
  muted: boolean;
  onMute: (muted: boolean) => void;
  onFullscreen: () => void;
}

/** The row under the picture. */
export function Controls(props: ControlsProps) {
  const { state, readPlace, onToggle, onSeek, muted, onMute, onFullscreen } = props;
  const ready = state === "playing" || state === "paused" || state === "ended";
  const [verb, icon] =
    state === "ended"
      ? (["Replay", <ReplayIcon key="replay" />] as const)
      : state === "paused"
        ? (["Play", <PlayIcon key="play" />] as const)
        : (["Pause", <PauseIcon key="pause" />] as const);
  return (
    <div className="flex items-center gap-1.5 px-2 py-1.5 sm:gap-2 sm:px-3">
      <Button
        kind="quiet"
        onClick={onToggle}
        disabled={!ready}
        data-testid="play-pause"
        aria-label={verb}
        title={verb}
        className="size-8 px-0 disabled:border-transparent disabled:bg-transparent disabled:opacity-40"
      >
        {icon}
      </Button>
      <SeekBar read={readPlace} onSeek={onSeek} disabled={!ready} />
      <Button
        kind={muted ? "plain" : "quiet"}
        onClick={() => onMute(!muted)}
        data-testid={muted ? "unmute" : "mute"}
        aria-label={muted ? "Unmute" : "Mute"}
        title={muted ? "Unmute" : "Mute"}
        className={muted ? "" : "size-8 px-0"}
      >
        {muted ? <MutedIcon /> : <SoundIcon />}
        {muted && "Unmute"}
      </Button>
      <Button
        kind="quiet"
        onClick={onFullscreen}
        aria-label="Full screen"
        title="Full screen"
        className="size-8 px-0"
      >
        <ExpandIcon />
      </Button>
    </div>
  );
}
