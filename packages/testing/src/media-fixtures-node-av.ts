// A program: makes one media file with FFmpeg's library, from npm alone. Started as a process of
// its own, so that nothing native enters the process of the tests.
// Arguments: the name of the fixture, the path of the file to make.
import { Codec, Decoder, Demuxer, Encoder, Muxer } from "node-av";

import { RECIPES, type EncoderRecipe, type MediaRecipe } from "./media-fixtures-recipes.ts";

interface Part {
  index: number;
  packets: ReturnType<Encoder["packets"]>;
  timeBase: { num: number; den: number };
}

async function addPart(
  muxer: Muxer,
  { source, encoder: name, options }: EncoderRecipe & { source: string },
  kind: "audio" | "video",
): Promise<Part> {
  const demuxer = await Demuxer.open(source, { format: "lavfi" });
  const [stream] = demuxer.streams;
  const codec = Codec.getCodecList().find((one) => one.name === name && one.isEncoder());
  if (codec === undefined) throw new Error(`There is no encoder ${name}.`);
  if (stream === undefined) throw new Error(`The source gives nothing: ${source}`);
  const decoder = await Decoder.create(stream);
  const encoder = await Encoder.create(codec, {
    decoder,
    options,
    autoResample: kind === "audio",
  });
  const index = muxer.addStream(encoder, { inputStream: stream });
  const packets = encoder.packets(decoder.frames(demuxer.packets(stream.index)));
  return { index, packets, timeBase: stream.timeBase };
}

async function make(recipe: MediaRecipe, path: string): Promise<void> {
  const muxer = await Muxer.open(path, { format: recipe.format });
  const parts: Part[] = [];
  if (recipe.video !== undefined) parts.push(await addPart(muxer, recipe.video, "video"));
  if (recipe.audio !== undefined) parts.push(await addPart(muxer, recipe.audio, "audio"));
  await Promise.all(
    parts.map(async ({ index, packets }) => {
      for await (const packet of packets) {
        await muxer.writePacket(packet, index);
        packet?.free();
      }
    }),
  );
  await muxer.close();
}

const [name, path] = process.argv.slice(2);
const recipe = Object.entries(RECIPES).find(([known]) => known === name)?.[1];
if (recipe === undefined || path === undefined) throw new Error("Needs a name and a path.");
await make(recipe, path);
