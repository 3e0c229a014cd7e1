import { add } from "./commands/add.ts";
import { blockGet } from "./commands/block-get.ts";
import { blockPut } from "./commands/block-put.ts";
import { blockRm } from "./commands/block-rm.ts";
import { blockStat } from "./commands/block-stat.ts";
import { cat } from "./commands/cat.ts";
import { dagExport } from "./commands/dag-export.ts";
import { dagGet } from "./commands/dag-get.ts";
import { dagImport } from "./commands/dag-import.ts";
import { dagPut } from "./commands/dag-put.ts";
import { dagResolve } from "./commands/dag-resolve.ts";
import { dagStat } from "./commands/dag-stat.ts";
import { filesStat } from "./commands/files-stat.ts";
import { get } from "./commands/get.ts";
import { id, type NodeIdentity } from "./commands/id.ts";
import { ls } from "./commands/ls.ts";
import { pinAdd } from "./commands/pin-add.ts";
import { pinLs } from "./commands/pin-ls.ts";
import { pinRm } from "./commands/pin-rm.ts";
import { pinUpdate } from "./commands/pin-update.ts";
import { refs } from "./commands/refs.ts";
import { repoGc } from "./commands/repo-gc.ts";
import { repoStat } from "./commands/repo-stat.ts";
import { repoVerify, type VerifyBlocks } from "./commands/repo-verify.ts";
import { resolve } from "./commands/resolve.ts";
import { swarmPeers } from "./commands/swarm-peers.ts";
import { type Agent, version } from "./commands/version.ts";
import type { Command } from "./command.ts";

export interface CommandTableInit {
  agent?: Agent | undefined;
  identity?: (() => NodeIdentity) | undefined;
  verifyBlocks?: VerifyBlocks | undefined;
}

const DEFAULT_AGENT: Agent = { name: "ipfs-kit", version: "0.0.0" };

/** Every command there is, by its path. */
export function commandTable({
  agent = DEFAULT_AGENT,
  identity,
  verifyBlocks,
}: CommandTableInit): ReadonlyMap<string, Command> {
  return new Map<string, Command>([
    ["add", { run: add, takesBody: true }],
    ["block/get", { run: blockGet }],
    ["block/put", { run: blockPut, takesBody: true }],
    ["block/rm", { run: blockRm }],
    ["block/stat", { run: blockStat }],
    ["cat", { run: cat }],
    ["dag/export", { run: dagExport }],
    ["dag/get", { run: dagGet }],
    ["dag/import", { run: dagImport, takesBody: true }],
    ["dag/put", { run: dagPut, takesBody: true }],
    ["dag/resolve", { run: dagResolve }],
    ["dag/stat", { run: dagStat, patient: true }],
    ["files/stat", { run: filesStat }],
    ["get", { run: get }],
    ["id", { run: id(agent, identity) }],
    ["ls", { run: ls }],
    ["pin/add", { run: pinAdd, patient: true }],
    ["pin/ls", { run: pinLs, patient: true }],
    ["pin/rm", { run: pinRm }],
    ["pin/update", { run: pinUpdate, patient: true }],
    ["refs", { run: refs }],
    ["repo/gc", { run: repoGc, patient: true }],
    ["repo/stat", { run: repoStat }],
    ["repo/verify", { run: repoVerify(verifyBlocks), patient: true }],
    ["resolve", { run: resolve }],
    ["swarm/peers", { run: swarmPeers }],
    ["version", { run: version(agent) }],
  ]);
}

/** What Kubo has and this server has not: they say so, where any other path is not there at all. */
export const UNSUPPORTED: readonly string[] = Object.entries({
  bitswap: "ledger stat wantlist",
  files: "chcid cp flush ls mkdir mv read rm write",
  key: "gen list rm",
  name: "publish resolve",
  pin: "verify",
  "pin/remote": "add ls rm",
  pubsub: "ls peers pub sub",
  refs: "local",
  routing: "findpeer findprovs get provide put",
  stats: "bitswap bw dht repo",
  swarm: "addrs connect disconnect",
}).flatMap(([group, names]) => names.split(" ").map((name) => `${group}/${name}`));
