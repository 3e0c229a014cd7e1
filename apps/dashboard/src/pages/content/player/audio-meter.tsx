import { useEffect, useRef } from "react";

import { AudioIcon } from "../../../components/icons.tsx";

const BARS = 48;

/** Sound without a picture: its spectrum, drawn as it plays. */
export function AudioMeter({ stream }: { stream: MediaStream }) {
  const canvas = useRef<HTMLCanvasElement>(null);

  useEffect(() => {
    const context = new AudioContext();
    const analyser = new AnalyserNode(context, { fftSize: 256, smoothingTimeConstant: 0.75 });
    const source = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
    source.connect(analyser);
    const levels = new Uint8Array(analyser.frequencyBinCount);
    let frame = requestAnimationFrame(function draw() {
      frame = requestAnimationFrame(draw);
      analyser.getByteFrequencyData(levels);
      if (canvas.current !== null) paint(canvas.current, levels);
    });
    return () => {
      cancelAnimationFrame(frame);
      source.disconnect();
      void context.close();
    };
  }, [stream]);

  return (
    <div className="absolute inset-0 flex flex-col items-center justify-center gap-3 bg-sunken px-6">
      <span className="inline-flex size-9 items-center justify-center rounded-full bg-accent-soft text-accent">
        <AudioIcon />
      </span>
      <canvas
        ref={canvas}
        width={BARS * 12}
        height={160}
        role="img"
        aria-label="Loudness by pitch"
        data-testid="audio-meter"
        className="w-full max-w-md text-accent"
      />
    </div>
  );
}

/** Bars around the middle line; silence is a row of dots. */
function paint(canvas: HTMLCanvasElement, levels: Uint8Array): void {
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  const { width, height } = canvas;
  const slot = width / BARS;
  pen.clearRect(0, 0, width, height);
  pen.fillStyle = getComputedStyle(canvas).color;
  for (let bar = 0; bar < BARS; bar += 1) {
    // The upper third of the spectrum is silent in most recordings.
    const level = (levels[Math.floor((bar / BARS) * levels.length * 0.66)] ?? 0) / 255;
    const tall = Math.max(slot / 2, level * height);
    pen.beginPath();
    pen.roundRect(bar * slot + slot / 4, (height - tall) / 2, slot / 2, tall, slot / 4);
    pen.fill();
  }
}
