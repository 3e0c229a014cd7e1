import { randomUUID } from "node:crypto";
import { rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join, resolve } from "node:path";

import { findTranscoder } from "@ipfs-kit/webrtc-streaming";

import { dataFolderOf } from "../../platform-folders.ts";
import type { Environment } from "../command.ts";
import { type Check, type Finding, ok } from "./check.ts";

/** What `engines` of this package says. */
const MIN_NODE = [22, 18] as const;

/** Whether this Node is one we run on. */
export function nodeCheck(version = process.versions.node): Check {
  return {
    name: "node",
    deadlineMs: 1_000,
    look: async () => {
      const [major = 0, minor = 0] = version.split(".").map(Number);
      const [minMajor, minMinor] = MIN_NODE;
      const isNew = major > minMajor || (major === minMajor && minor >= minMinor);
      if (isNew) return ok(version);
      return {
        status: "failed",
        reasonCode: "version_old",
        reason: `${version} is older than ${MIN_NODE.join(".")}.`,
        advice: "Install a newer Node from https://nodejs.org.",
      };
    },
  };
}

/** Whether something can be written where a server keeps its data. */
export function dataFolderCheck(path: string | undefined, env: Environment): Check {
  const folder = resolve(path ?? dataFolderOf(env));
  return {
    name: "data folder",
    deadlineMs: 10_000,
    look: async () => {
      const place = await nearestFolder(folder);
      const probe = join(place, `.ipfs-kit-doctor-${randomUUID()}`);
      try {
        await writeFile(probe, "");
        await rm(probe);
      } catch (error) {
        return notWritable(place, error);
      }
      return ok(place === folder ? folder : `${folder} (will be made)`);
    },
  };
}

function notWritable(place: string, error: unknown): Finding {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return {
    status: "failed",
    reasonCode: "data_directory",
    reason: `Nothing can be written to ${place} (${code}).`,
    advice: "Choose another with --persistence-path, or mend the rights of this one.",
  };
}

/** The folder itself, else the nearest one above it that is there. */
async function nearestFolder(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => undefined);
  if (found !== undefined || dirname(folder) === folder) return folder;
  return nearestFolder(dirname(folder));
}

export interface PortCheckInit {
  name: string;
  host: string;
  port: number;
  flag: string;
  /** Who answers there, if it is one of ours. */
  holder: string | undefined;
}

/** Whether a port is free for a server, or held by ours. */
export function portCheck({ name, host, port, flag, holder }: PortCheckInit): Check {
  return {
    name,
    deadlineMs: 5_000,
    look: async () => {
      if (holder !== undefined) return ok(`${port}: ${holder}`);
      const refused = await listenError(host, port);
      if (refused === undefined) return ok(`${port}: free`);
      const isTaken = refused === "EADDRINUSE";
      return {
        status: "warning",
        reasonCode: isTaken ? "port_in_use" : refused,
        reason: isTaken
          ? `Another program listens on port ${port} of ${host}.`
          : `Nobody can listen on port ${port} of ${host} (${refused}).`,
        advice: `Start the server with ${flag} and another port, or 0 for any free one.`,
      };
    },
  };
}

async function listenError(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  const { promise, resolve: settle } = Promise.withResolvers<string | undefined>();
  server.once("error", (error) => settle("code" in error ? String(error.code) : error.name));
  server.listen({ host, port, exclusive: true }, () => settle(undefined));
  try {
    return await promise;
  } finally {
    server.close();
  }
}

/** Whether media that browsers do not take can be converted on this machine. */
export function transcoderCheck(): Check {
  return {
    name: "transcoder",
    deadlineMs: 20_000,
    look: async () => {
      const transcoder = await findTranscoder();
      if (transcoder !== undefined) return ok(transcoder.name);
      return {
        status: "warning",
        reasonCode: "no_transcoder",
        reason:
          "There is neither ffmpeg nor node-av: only what browsers take as it is can be played.",
        advice: "Install ffmpeg 5.1 or later.",
      };
    },
  };
}
