import { add } from "./add.ts";
import { cat } from "./cat.ts";
import type { CommandShape } from "./command.ts";
import { completionsCommand } from "./completions.ts";
import { config } from "./config.ts";
import { connections } from "./connections.ts";
import { demo } from "./demo.ts";
import { doctor } from "./doctor.ts";
import { events } from "./events.ts";
import { gc } from "./gc.ts";
import { get } from "./get.ts";
import { helpCommand } from "./help.ts";
import { ls } from "./ls.ts";
import { pin } from "./pin.ts";
import { repo } from "./repo.ts";
import { serveShape } from "./serve-shape.ts";
import { stat } from "./stat.ts";
import { stats } from "./stats.ts";
import { stream } from "./stream.ts";
import { token } from "./token.ts";
import { transfer } from "./transfer.ts";
import { version } from "./version.ts";

/**
 * Every command there is. The help texts, the completions and the manual page are made from it, and the
 * command line is read with it.
 */
export const TREE: CommandShape = {
  name: "ipfs-kit",
  summary: "One server that makes IPFS content live: add a file, play it by its CID over WebRTC.",
  usage: "",
  // Without a command, a server starts.
  flags: serveShape.flags,
  common: "none",
  subcommands: [
    serveShape,
    add,
    cat,
    get,
    ls,
    stat,
    pin,
    gc,
    repo,
    stream,
    transfer,
    events,
    stats,
    connections,
    doctor,
    demo,
    token,
    config,
    version,
    completionsCommand(() => TREE),
    helpCommand(() => TREE),
  ],
};
