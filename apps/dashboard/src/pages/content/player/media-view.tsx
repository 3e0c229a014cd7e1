import { type RefObject, useEffect } from "react";

import { AudioMeter } from "./audio-meter.tsx";

interface MediaViewProps {
  video: RefObject<HTMLVideoElement | null>;
  stream: MediaStream | undefined;
  audioOnly: boolean;
  /** The browser does not allow sound yet; it plays without. */
  onMutedStart: () => void;
  /** What to say while there is no picture. */
  waitingText: string | undefined;
}

/** Where picture and sound come out. */
export function MediaView({ video, stream, audioOnly, onMutedStart, waitingText }: MediaViewProps) {
  useEffect(() => {
    const element = video.current;
    if (element === null || stream === undefined) return;
    element.srcObject = stream;
    void start(element, onMutedStart);
  }, [video, stream, onMutedStart]);

  return (
    <div className="relative aspect-video max-h-[70dvh] w-full grow overflow-hidden bg-black in-[:fullscreen]:max-h-none in-[:fullscreen]:grow">
      <video
        ref={video}
        data-testid="video"
        playsInline
        className="absolute inset-0 size-full object-contain"
      />
      {audioOnly && stream !== undefined && <AudioMeter stream={stream} />}
      {waitingText !== undefined && (
        <p className="absolute inset-0 flex items-center justify-center p-4 text-center text-lg text-white/80">
          {waitingText}
        </p>
      )}
    </div>
  );
}

/** With sound when the browser allows it; muted, and said so, when it does not. */
async function start(element: HTMLVideoElement, onMutedStart: () => void): Promise<void> {
  try {
    await element.play();
  } catch (error) {
    // Anything else is a newer stream that took over.
    if (!(error instanceof DOMException) || error.name !== "NotAllowedError") return;
    element.muted = true;
    onMutedStart();
    await element.play().catch(() => {});
  }
}
