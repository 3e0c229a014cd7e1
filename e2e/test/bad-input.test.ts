import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { createEmbeddedStore } from "@ipfs-kit/content-embedded";
import { parseCid } from "@ipfs-kit/core";
import { mediaFixture, truncatedFixture } from "@ipfs-kit/testing";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";

import { addBytes, addFile } from "../support/http.ts";
import { openViewer } from "../support/page-viewer.ts";
import { useStage } from "../support/stage.ts";

/** The empty UnixFS folder, which this version has no other way to add. */
const FOLDER = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn";
const FOLDER_BLOCK = Uint8Array.of(0x0a, 0x02, 0x08, 0x01);

const stage = useStage(async (directory) => {
  await using store = createEmbeddedStore({ directory: join(directory, "content") });
  await store.start();
  await store.blocks.put(parseCid(FOLDER), FOLDER_BLOCK);
});
const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Content that cannot be played, and the code that says why. */
const BAD_CONTENT: [name: string, code: string, add: () => Promise<string>][] = [
  ["a CID that is none", "invalid_cid", async () => "hello"],
  [
    "a CID nobody has",
    "not_found",
    async () => "bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e",
  ],
  ["a folder", "not_a_file", async () => FOLDER],
  ["an empty file", "empty_content", async () => addBytes(stage.http, "empty.mp4", bytesOf(""))],
  [
    "a text",
    "not_media",
    async () => addBytes(stage.http, "a.txt", bytesOf("no video\n".repeat(999))),
  ],
  ["a short text", "not_media", async () => addBytes(stage.http, "a.json", bytesOf('{"a":1}'))],
  [
    "a text called video",
    "not_media",
    async () => addBytes(stage.http, "a.mp4", bytesOf("no video\n".repeat(999))),
  ],
  [
    "an MP4 that was cut off",
    "corrupt_media",
    async () => addFile(stage.http, await truncatedFixture("mp4-phone", 0.5)),
  ],
  [
    "an MP4 whose middle is garbage",
    "corrupt_media",
    async () => {
      const bytes = new Uint8Array(await readFile(await mediaFixture("mp4-phone")));
      return addBytes(stage.http, "x.mp4", bytes.fill(0xa5, 64));
    },
  ],
];

async function codeOf(page: Page, cid: string): Promise<string | undefined> {
  const viewer = await openViewer(page, { url: stage.url, cid });
  return viewer.evaluate((seen) => {
    seen.leave();
    return seen.error?.code;
  });
}

describe("content that cannot be played", () => {
  it.each(BAD_CONTENT)("%s is refused with %s", async (_name, code, add) => {
    expect(await codeOf(stage.page, await add())).toBe(code);
  });

  it("breaks off in the middle of a WebM: plays what is there", async () => {
    const cid = await addFile(stage.http, await truncatedFixture("webm-vp8-opus", 0.4));
    const viewer = await openViewer(stage.page, { url: stage.url, cid });
    expect(await viewer.evaluate(({ error }) => error)).toBeUndefined();
    await expect
      .poll(async () => viewer.evaluate((seen) => seen.error?.code ?? seen.messages.at(-1)?.type), {
        timeout: 10_000,
      })
      .toBe("corrupt_media");
    await viewer.evaluate((seen) => seen.leave());
  });

  it("declined by the viewer's codecs is no_common_codec", async () => {
    const cid = await addFile(stage.http, await mediaFixture("webm-vp8-opus"));
    const viewer = await openViewer(stage.page, { url: stage.url, cid, answer: "decline all" });
    expect(await viewer.evaluate(({ error }) => error?.code)).toBe("no_common_codec");
    await viewer.evaluate((seen) => seen.leave());
  });
});

/** Messages that are wrong, and what each is answered with. */
const BAD_MESSAGES: [text: string, code: string][] = [
  ["", "invalid_request"],
  ["{", "invalid_request"],
  ["null", "invalid_request"],
  ["[]", "invalid_request"],
  ["42", "invalid_request"],
  ['{"type":1}', "invalid_request"],
  ['{"type":"dance"}', "not_supported"],
  ['{"type":"__proto__"}', "not_supported"],
  ['{"type":"offer_request"}', "invalid_request"],
  ['{"type":"offer_request","cid":7}', "invalid_request"],
  ['{"type":"offer_request","cid":"bafy","quality":"best"}', "invalid_request"],
  ['{"type":"offer_request","cid":"bafkqaaa","kind":"data"}', "not_supported"],
  ['{"type":"answer","pc_id":"nobody","sdp":"v=0"}', "not_found"],
  ['{"type":"candidate","pc_id":"nobody","candidate":""}', "not_found"],
  ['{"type":"control","pc_id":"nobody","action":"play"}', "not_found"],
  ['{"type":"close","pc_id":"nobody"}', "not_found"],
  ['{"type":"set_quality","pc_id":"nobody","quality":"low"}', "not_supported"],
];

describe("garbage on the signaling socket", () => {
  it("is answered, each with its code, and the socket stays", async () => {
    const codes = await stage.page.evaluate(
      async ({ url, texts }) => {
        const socket = new WebSocket(url);
        const answer = async () =>
          new Promise<{ code: string }>((resolve, reject) => {
            socket.addEventListener("message", ({ data }) => resolve(JSON.parse(data)), {
              once: true,
            });
            socket.addEventListener("close", () => reject(new Error("closed")), { once: true });
          });
        await answer(); // the welcome
        const answers: string[] = [];
        for (const message of texts) {
          socket.send(message);
          answers.push((await answer()).code);
        }
        socket.close();
        return answers;
      },
      { url: stage.url, texts: BAD_MESSAGES.map(([message]) => message) },
    );
    expect(codes).toEqual(BAD_MESSAGES.map(([, code]) => code));
  });

  it("leaves the server able to play", async () => {
    const cid = await addFile(stage.http, await mediaFixture("webm-vp8-opus"));
    expect(await codeOf(stage.page, cid)).toBeUndefined();
  });
});
