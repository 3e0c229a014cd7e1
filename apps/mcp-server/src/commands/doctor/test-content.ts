import { randomBytes } from "node:crypto";

import { IntegrityError, IpfsKitError, type TreeEntry } from "@ipfs-kit/core";

import { numberAt, textAt } from "../json-fields.ts";
import { multipartBody } from "../multipart-body.ts";
import type { RpcClient } from "../rpc-client.ts";
import { type Check, ok, skipped } from "./check.ts";
import { silentOgg } from "./silent-ogg.ts";

/** Less than a chunk of any profile, so that it is one block. */
const RANDOM_BYTES = 200_000;
const SOUND_SECONDS = 20;

/** Content that a check has put into the server, and takes out again. */
export interface StoredContent {
  cid: string;
  bytes: Uint8Array;
}

/** Puts content into a server for the time of the checks. */
export class TestContent {
  readonly #server: RpcClient;
  readonly #stored: StoredContent[] = [];
  /** Bytes that were read back as they were. */
  random: StoredContent | undefined;

  constructor(server: RpcClient) {
    this.#server = server;
  }

  /** Adds random bytes, reads them back, compares. */
  roundTrip(): Check {
    return {
      name: "round trip",
      deadlineMs: 30_000,
      look: async (signal) => {
        const stored = await this.#add(randomBytes(RANDOM_BYTES), signal);
        const pieces: Uint8Array[] = [];
        const call = { query: { arg: stored.cid }, signal };
        for await (const piece of this.#server.bytes("cat", call)) pieces.push(piece);
        if (!Buffer.concat(pieces).equals(stored.bytes)) {
          throw new IntegrityError("What was read back is not what was added.");
        }
        this.random = stored;
        return ok(`${RANDOM_BYTES} bytes added and read back as ${stored.cid}`);
      },
    };
  }

  /** Adds a sound file that any server can play. */
  async addSound(signal: AbortSignal): Promise<string> {
    return (await this.#add(silentOgg(SOUND_SECONDS), signal)).cid;
  }

  /** Removes whatever the checks have added. */
  removal(): Check {
    return {
      name: "clean-up",
      deadlineMs: 15_000,
      advice: "It is not pinned: ipfs-kit gc removes it.",
      look: async (signal) => {
        if (this.#stored.length === 0) return skipped("nothing_added", "Nothing was added.");
        for (const { cid } of this.#stored) {
          const answer = await this.#server.object("block/rm", { query: { arg: cid }, signal });
          const failure = textAt(answer, "Error") ?? "";
          if (failure !== "") throw new IpfsKitError("unavailable", failure);
        }
        return ok("what the checks added is removed");
      },
    };
  }

  async #add(bytes: Uint8Array, signal: AbortSignal): Promise<StoredContent> {
    const body = multipartBody(oneFile(bytes));
    const query = { "cid-version": "1", pin: false };
    const line = await this.#server.object("add", { query, body, signal });
    const cid = textAt(line, "Hash");
    if (cid === undefined || numberAt(line, "Bytes") !== undefined) {
      throw new IpfsKitError("unavailable", "The server told no CID for what was added.");
    }
    const stored = { cid, bytes };
    this.#stored.push(stored);
    return stored;
  }
}

async function* oneFile(bytes: Uint8Array): AsyncGenerator<TreeEntry, void> {
  yield {
    path: "ipfs-kit-doctor",
    content: (async function* () {
      yield bytes;
    })(),
  };
}
