// A program: does one TranscodeJob (JSON, first argument) with the package node-av and tells its
// progress on stdout as `ffmpeg -progress` does. Without an argument it only proves that it could.
import { Demuxer, Log, Muxer, type Stream } from "node-av";
import { AV_DISPOSITION_ATTACHED_PIC, AV_LOG_ERROR, AVMEDIA_TYPE_VIDEO } from "node-av/constants";

import { INPUT_OPTIONS, MUXER_OPTIONS, type TranscodeJob } from "./encoding-plan.ts";
import { copyTrack, h264Track, hasEncoders, opusTrack, type Track } from "./node-av-tracks.ts";
import { parseTranscodeJob } from "./parse-transcode-job.ts";

const PROGRESS_INTERVAL_MS = 500;

async function transcode({
  inputUrl,
  outputPath,
  video,
  audio,
  threads,
}: TranscodeJob): Promise<void> {
  let microseconds = 0;
  const onWritten = (end: number) => {
    microseconds = Math.max(microseconds, end);
  };
  const tellProgress = () => process.stdout.write(`out_time_us=${Math.floor(microseconds)}\n`);

  const demuxer = await Demuxer.open(inputUrl, { options: INPUT_OPTIONS });
  const muxer = await Muxer.open(outputPath, { format: "mp4", options: MUXER_OPTIONS });
  const picture = demuxer.streams.find((stream) => isPicture(stream));
  const sound = demuxer.audio();
  const tracks = new Map<number, Track>();
  if (picture !== undefined && video !== "none") {
    const init = { stream: picture, muxer, threads, onWritten };
    tracks.set(picture.index, video === "copy" ? copyTrack(init) : await h264Track(init));
  }
  if (sound !== undefined && audio !== "none") {
    const init = { stream: sound, muxer, threads, onWritten };
    tracks.set(sound.index, audio === "copy" ? copyTrack(init) : await opusTrack(init));
  }
  if (tracks.size === 0) throw new Error("There is no track to convert.");

  const timer = setInterval(tellProgress, PROGRESS_INTERVAL_MS);
  for await (const packet of demuxer.packets()) {
    if (packet === null) break;
    await tracks.get(packet.streamIndex)?.(packet);
    packet.free();
  }
  for (const track of tracks.values()) await track(null);
  await muxer.close();
  clearInterval(timer);
  tellProgress();
  await demuxer.close();
}

function isPicture({ codecpar, disposition }: Stream): boolean {
  return (
    codecpar.codecType === AVMEDIA_TYPE_VIDEO && (disposition & AV_DISPOSITION_ATTACHED_PIC) === 0
  );
}

Log.setLevel(AV_LOG_ERROR);
const [argument] = process.argv.slice(2);
if (argument === undefined) {
  process.exitCode = hasEncoders() ? 0 : 1;
} else {
  await transcode(parseTranscodeJob(argument)).catch((error: unknown) => {
    // Without the stack: people read this.
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
}
