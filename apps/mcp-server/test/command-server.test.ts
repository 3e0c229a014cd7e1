import type { ServerResponse } from "node:http";

import { mediaFixture, seededBytes } from "@ipfs-kit/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createServer, type IpfsKitServer } from "../src/server.ts";
import { type IpfsKitInit, runIpfsKit } from "./support/ipfs-kit.ts";
import { startStranger } from "./support/stranger.ts";

let server: IpfsKitServer;

beforeAll(async () => {
  server = createServer({ port: 0, gatewayPort: 0, isolation: true });
  await server.start();
});

afterAll(async () => server?.stop());

const ipfsKit = async (line: string, init: Partial<IpfsKitInit> = {}) =>
  runIpfsKit(line.split(" "), { url: server.url, ...init });

const added = async (path: string) =>
  (await runIpfsKit(["add", "-q", path], { url: server.url })).stdout.toString().trim();

describe("version", () => {
  it("tells ours, and that of a server that is named", async () => {
    const alone = await ipfsKit("version --json", { url: "" });
    expect(alone.objects).toEqual([
      { version: expect.stringMatching(/^\d+\./), runtime: `node ${process.versions.node}` },
    ]);
    const both = await ipfsKit("version --json");
    expect(both.objects).toMatchObject([
      { server: { url: `${server.url}/`, version: expect.stringMatching(/^\d+\./) } },
    ]);
    expect((await ipfsKit("version")).stdout.toString()).toMatch(/^ipfs-kit .*\nserver .*\n$/);
    expect(await ipfsKit("version", { url: "http://127.0.0.1:1" })).toMatchObject({ code: 3 });
  });

  it("takes no stranger for a server", async () => {
    await using stranger = await startStranger((_request, response) => response.end("{}"));
    const { code, stderr } = await ipfsKit("version", { url: stranger.url });
    expect(code).toBe(1);
    expect(stderr).toContain("no IPFS Kit server");
  });
});

describe("stats", () => {
  it("tells what is stored, in text and as the server sent it", async () => {
    const { objects } = await ipfsKit("stats --json");
    expect(objects).toEqual([await (await fetch(`${server.url}/api/v0/stats`)).json()]);
    const { stdout } = await ipfsKit("stats");
    expect(stdout.toString()).toMatch(/^embedded .*\nmemory cache .*\nmetadata .*\n$/);
  });

  it("is told again and again until it is interrupted", async () => {
    const controller = new AbortController();
    let lines = 0;
    const { code, objects } = await ipfsKit("stats --watch 1", {
      signal: controller.signal,
      onStdout: () => {
        lines += 1;
        if (lines === 2) controller.abort();
      },
    });
    expect(code).toBe(130);
    expect(objects).toHaveLength(2);
    expect(objects[1]).toMatchObject({ at: expect.any(String), content_backend: "embedded" });
  });
});

describe("what this server does not offer yet", () => {
  it.each(["events", "connections", "transfer"])("is said of %s", async (command) => {
    const { code, stdout, stderr } = await ipfsKit(`${command} --json`);
    expect([code, stdout.toString()]).toEqual([1, ""]);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: "not_supported", message: expect.stringContaining(server.url) },
    });
  });
});

describe("events", () => {
  /** Pieces that cut lines, characters and line ends in two. */
  const PIECES = [
    ": hello\n\nid: k3-1\r",
    '\ndata: {"type":"content_added","subject":"bafy","x":"\u00FC',
    '"}\r\n\r\nevent: pin_added\nid: k3-2\ndata: {"a":\ndata: 1}\n\n',
    "data: plain text\r\rdata: cut of",
  ];

  const speak = (response: ServerResponse) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const piece of PIECES) response.write(piece);
    response.end();
  };

  it("are told as they come, and the end of the stream is no success", async () => {
    let since: unknown;
    await using stranger = await startStranger((request, response) => {
      since = request.headers["last-event-id"];
      speak(response);
    });
    const { code, objects } = await ipfsKit("events --json --since k3-0", { url: stranger.url });
    expect(objects).toEqual([
      { id: "k3-1", type: "content_added", subject: "bafy", x: "\u00FC" },
      { id: "k3-2", type: "pin_added", a: 1 },
      { id: "k3-2", type: "message", data: "plain text" },
    ]);
    expect([code, since]).toEqual([1, "k3-0"]);
  });

  it("are not asked for after something that is no id", async () => {
    const args = ["events", "--since", "k3\r\nx-evil: 1"];
    const { code, stderr } = await runIpfsKit(args, { url: server.url });
    expect([code, stderr]).toEqual([
      2,
      'ipfs-kit events: --since "k3\\r\\nx-evil: 1" is no id of an event.\n',
    ]);
  });

  it("are filtered by type", async () => {
    await using stranger = await startStranger((_request, response) => speak(response));
    const { objects } = await ipfsKit("events --json --type pin_added", { url: stranger.url });
    expect(objects).toMatchObject([{ type: "pin_added" }]);
  });

  it("without an end are given up", async () => {
    await using stranger = await startStranger((_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write(`data: ${"x".repeat(60_000)}`));
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    });
    const { code, stderr } = await ipfsKit("events", { url: stranger.url });
    expect(code).toBe(1);
    expect(stderr).toContain("without an end");
  });
});

describe("a list of the server", () => {
  it("is read page by page", async () => {
    await using stranger = await startStranger((request, response) => {
      const isFirst = !(request.url ?? "").includes("cursor=next");
      const row = { connection_id: isFirst ? "a" : "b", status: "active", age_seconds: 3 };
      const page = { connections: [row], ...(isFirst && { next_cursor: "next" }) };
      response.end(JSON.stringify(page));
    });
    const { code, stdout } = await ipfsKit("connections", { url: stranger.url });
    expect(code).toBe(0);
    expect(stdout.toString()).toBe("a  active  age_seconds 3\nb  active  age_seconds 3\n");
  });
});

describe("progress", () => {
  it("is shown to somebody who watches: bytes, speed, time left", async () => {
    const bytes = seededBytes(4_000_000, 9);
    const stdin = [bytes];
    const { objects } = await ipfsKit("add --json", { stdin });
    const cid = String(Reflect.get(Object(objects[0]), "cid"));
    const watched = await ipfsKit(`cat ${cid}`, { isWatched: true });
    expect(watched.stdout.equals(bytes)).toBe(true);
    expect(watched.stderr).toMatch(/MiB of 3\.8 MiB \(\d+ %\) {2}.*\/s {2}\d+ s left/);
    expect((await ipfsKit(`cat ${cid}`)).stderr).toBe("");
  });
});

describe("stream", { timeout: 60_000 }, () => {
  it("plays to the end and tells what came", async () => {
    const cid = await added(await mediaFixture("webm-vp8-opus"));
    const { code, objects, stderr } = await ipfsKit(`stream ${cid} --start-at 6 --json`);
    expect([code, stderr]).toEqual([0, ""]);
    expect(objects[0]).toMatchObject({
      event: "connected",
      tracks: [
        { kind: "video", codec: "VP8" },
        { kind: "audio", codec: "opus" },
      ],
    });
    const last = objects.at(-1);
    expect(last).toMatchObject({ event: "ended", reason: "content" });
    const tracks = Reflect.get(Object(last), "tracks");
    // Two seconds of 30 pictures; some more, as playing begins at a key frame.
    expect(tracks[0].frames).toBeGreaterThanOrEqual(55);
    expect(tracks[0].bytes).toBeGreaterThan(10_000);
    // Two seconds of sound in pieces of 20 ms.
    expect(tracks[1].frames).toBeGreaterThanOrEqual(95);
    expect(
      objects.filter((row) => Reflect.get(Object(row), "event") === "received").length,
    ).toBeGreaterThanOrEqual(2);
  });

  it("stops after the seconds that were asked for, or when it is interrupted", async () => {
    const cid = await added(await mediaFixture("mp4-h264-baseline-opus"));
    const stopped = await ipfsKit(`stream ${cid} -s 1 --kind video`);
    expect(stopped.code).toBe(0);
    expect(stopped.stdout.toString()).toMatch(/^connected after \d+ ms: video H264\n/);
    expect(stopped.stdout.toString()).toMatch(/stopped as asked: /);
    const controller = new AbortController();
    const interrupted = await ipfsKit(`stream ${cid}`, {
      signal: controller.signal,
      onStdout: () => controller.abort(),
    });
    expect(interrupted.code).toBe(130);
  });

  it("does not pass for success without media", async () => {
    const { objects } = await ipfsKit("add --json", { stdin: [Buffer.from("no film")] });
    const cid = String(Reflect.get(Object(objects[0]), "cid"));
    expect(await ipfsKit(`stream ${cid}`)).toMatchObject({ code: 1, stdout: Buffer.alloc(0) });
    const absent = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
    expect(await ipfsKit(`stream ${absent}`)).toMatchObject({ code: 5 });
    expect(await ipfsKit("stream no-cid")).toMatchObject({ code: 1 });
    const nobody = await ipfsKit(`stream ${cid}`, { url: "http://127.0.0.1:1" });
    expect(nobody).toMatchObject({ code: 3 });
    expect(nobody.stderr).toContain("No server answers");
  });
});
