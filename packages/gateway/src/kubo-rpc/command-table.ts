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
import * as blocks from "./descriptions/blocks.ts";
import * as content from "./descriptions/content.ts";
import * as node from "./descriptions/node.ts";

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
    ["add", { run: add, about: content.ADD, changes: true, takesBody: true }],
    ["block/get", { run: blockGet, about: blocks.BLOCK_GET }],
    ["block/put", { run: blockPut, about: blocks.BLOCK_PUT, changes: true, takesBody: true }],
    ["block/rm", { run: blockRm, about: blocks.BLOCK_RM, changes: true }],
    ["block/stat", { run: blockStat, about: blocks.BLOCK_STAT }],
    ["cat", { run: cat, about: content.CAT }],
    ["dag/export", { run: dagExport, about: blocks.DAG_EXPORT }],
    ["dag/get", { run: dagGet, about: blocks.DAG_GET }],
    ["dag/import", { run: dagImport, about: blocks.DAG_IMPORT, changes: true, takesBody: true }],
    ["dag/put", { run: dagPut, about: blocks.DAG_PUT, changes: true, takesBody: true }],
    ["dag/resolve", { run: dagResolve, about: blocks.DAG_RESOLVE }],
    ["dag/stat", { run: dagStat, about: blocks.DAG_STAT, patient: true }],
    ["files/stat", { run: filesStat, about: content.FILES_STAT }],
    ["get", { run: get, about: content.GET }],
    ["id", { run: id(agent, identity), about: node.ID }],
    ["ls", { run: ls, about: content.LS }],
    ["pin/add", { run: pinAdd, about: node.PIN_ADD, changes: true, patient: true }],
    ["pin/ls", { run: pinLs, about: node.PIN_LS, patient: true }],
    ["pin/rm", { run: pinRm, about: node.PIN_RM, changes: true }],
    ["pin/update", { run: pinUpdate, about: node.PIN_UPDATE, changes: true, patient: true }],
    ["refs", { run: refs, about: content.REFS }],
    ["repo/gc", { run: repoGc, about: node.REPO_GC, changes: true, patient: true }],
    ["repo/stat", { run: repoStat, about: node.REPO_STAT }],
    ["repo/verify", { run: repoVerify(verifyBlocks), about: node.REPO_VERIFY, patient: true }],
    ["resolve", { run: resolve, about: content.RESOLVE }],
    ["swarm/peers", { run: swarmPeers, about: node.SWARM_PEERS }],
    ["version", { run: version(agent), about: node.VERSION }],
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
