import { END_NAMES } from "./end.ts";
import { ENDS } from "./ends.ts";

/** What goes between the two processes. */
export type ToReceiver = { type: "offer"; sdp: string } | { type: "count" };
export type FromReceiver = { type: "answer"; sdp: string } | { type: "count"; bytes: number };

const name = END_NAMES.find((known) => known === process.argv[2]);
if (name === undefined) throw new Error(`There is no end ${process.argv[2]}.`);
const end = ENDS[name]();

function tell(message: FromReceiver): void {
  process.send?.(message);
}

async function answer(offer: string): Promise<void> {
  tell({ type: "answer", sdp: await end.describe(offer) });
}

process.on("message", (message: ToReceiver) => {
  if (message.type === "count") tell({ type: "count", bytes: end.receivedBytes() });
  else void answer(message.sdp);
});
process.on("disconnect", () => process.exit());
