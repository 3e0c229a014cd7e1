import { IpfsKitError } from "@ipfs-kit/core";
import { describe, expect, it } from "vitest";

import { BODY_END, PART_END, partHead, rawUploadHead } from "./support/multipart.ts";
import { openRaw, readAnswer } from "./support/raw-http.ts";
import { RecordingRepository } from "./support/recording-repository.ts";
import { startRpc } from "./support/rpc-server.ts";

describe("a failure in the middle of a long upload", () => {
  it("reaches a client that reads only after it has sent everything", async () => {
    const store = new RecordingRepository();
    store.before = (count) => {
      if (count === 2) throw new IpfsKitError("storage_full", "It is full.");
    };
    await using server = await startRpc({ store });
    const { port } = server;
    const socket = await openRaw(port);
    const parts = ["a", "b"].map((name) => `${partHead(name)}some${PART_END}`).join("");
    const body = `${parts}${partHead("c")}${"x".repeat(20_000_000)}${PART_END}${BODY_END}`;
    socket.pause();
    socket.write(rawUploadHead("/api/v0/add", `127.0.0.1:${port}`, body.length) + parts);
    await new Promise((sent) => socket.write(body.slice(parts.length), sent));
    const answer = await readAnswer(socket);
    expect(answer.body).toContain('"error_code":"storage_full"');
    expect(answer.body).not.toMatch(/\r\n0\r\n/);
  });
});
