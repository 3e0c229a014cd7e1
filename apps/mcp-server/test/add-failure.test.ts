import { IpfsKitError } from "@ipfs-kit/core";
import { describe, expect, it } from "vitest";

import { startListener } from "./support/listener.ts";
import { BODY_END, PART_END, partHead, rawUploadHead } from "./support/multipart.ts";
import { openRaw, readAnswer } from "./support/raw-http.ts";
import { RecordingStore } from "./support/recording-store.ts";

describe("a failure in the middle of a long upload", () => {
  it("reaches a client that reads only after it has sent everything", async () => {
    let count = 0;
    const whole = new RecordingStore();
    const add: RecordingStore["add"] = async (source, options) => {
      count += 1;
      if (count === 2) throw new IpfsKitError("storage_full", "It is full.");
      return whole.add(source, options);
    };
    await using server = await startListener({ store: { add } });
    const { port } = server;
    const socket = await openRaw(port);
    const parts = ["a", "b"].map((name) => `${partHead(name)}some${PART_END}`).join("");
    const body = `${parts}${partHead("c")}${"x".repeat(20_000_000)}${PART_END}${BODY_END}`;
    socket.pause();
    socket.write(rawUploadHead("/api/v0/add", `127.0.0.1:${port}`, body.length) + parts);
    await new Promise((sent) => socket.write(body.slice(parts.length), sent));
    const answer = await readAnswer(socket);
    expect(answer.body).toContain('"code":"storage_full"');
    expect(answer.body).not.toMatch(/\r\n0\r\n/);
  });
});
