import { IpfsKitError } from "@ipfs-kit/core";
import { describe, expect, it } from "vitest";

import { describeUpload } from "../src/pages/content/upload/describe-upload.ts";
import { type SendFile, UploadQueue } from "../src/pages/content/upload/upload-queue.ts";

interface Sending {
  name: string;
  options: Parameters<SendFile>[1];
  done: (cid: string) => void;
  fail: (error: unknown) => void;
}

function queueOf() {
  const sendings: Sending[] = [];
  let now = 0;
  const queue = new UploadQueue({
    now: () => now,
    send: async (file, options) => {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      sendings.push({ name: file.name, options, done: resolve, fail: reject });
      options.signal.addEventListener("abort", () => reject(new Error("aborted")));
      return promise;
    },
  });
  const sending = (name: string) => {
    const found = sendings.findLast((one) => one.name === name);
    if (found === undefined) throw new Error(`${name} was not begun.`);
    return found;
  };
  return {
    queue,
    sendings,
    sending,
    advance: (ms: number) => (now += ms),
    statuses: () => queue.uploads.map(({ status }) => status),
  };
}

const fileOf = (name: string, size = 24_000_000) => new File([new Uint8Array(size)], name);
const settle = async () => new Promise((resolve) => setTimeout(resolve));

describe("the upload queue", () => {
  it("sends two at a time, in order", async () => {
    const { queue, sendings, sending, statuses } = queueOf();
    queue.add(["a", "b", "c"].map((name) => fileOf(name, 1)));
    expect(statuses()).toEqual(["sending", "sending", "waiting"]);
    const added: string[] = [];
    queue.events.on("added", ({ cid = "" }) => added.push(cid));
    sending("a").done("bafy-a");
    await settle();
    expect(sendings.map(({ name }) => name)).toEqual(["a", "b", "c"]);
    expect(statuses()).toEqual(["added", "sending", "sending"]);
    expect(added).toEqual(["bafy-a"]);
  });

  it("says how far, how fast and how long, and when the server is still at work", () => {
    const { queue, sending, advance } = queueOf();
    const text = () => queue.uploads.map(describeUpload).join();
    queue.add([fileOf("a")]);
    const { options } = sending("a");
    advance(800);
    options.onSent(7_200_000);
    expect(text()).toBe("7.2 MB of 24 MB · 9 MB/s · 2 s left");
    options.onSent(24_000_000);
    expect(text()).toBe("Storing… 24 MB");
    options.onStored(12_000_000);
    expect(text()).toBe("Storing… 12 MB of 24 MB");
  });

  it("stops where it was when cancelled, and starts anew when tried again", async () => {
    const { queue, sending, statuses } = queueOf();
    queue.add([fileOf("a")]);
    const first = sending("a");
    first.options.onSent(6_000_000);
    queue.cancel(1);
    await settle();
    expect(first.options.signal.aborted).toBe(true);
    first.options.onSent(9_000_000);
    expect(queue.uploads.map(describeUpload)).toEqual(["6 MB of 24 MB sent"]);

    queue.retry(1);
    expect(statuses()).toEqual(["sending"]);
    expect(queue.uploads[0]?.sentBytes).toBe(0);
    sending("a").done("bafy-a");
    await settle();
    expect(statuses()).toEqual(["added"]);
    queue.cancel(1);
    queue.retry(1);
    expect(statuses()).toEqual(["added"]);
    queue.clear();
    expect(queue.uploads).toEqual([]);
  });

  it("keeps the reason of a failure and goes on with the rest", async () => {
    const { queue, sending, statuses } = queueOf();
    queue.add(["a", "b", "c"].map((name) => fileOf(name, 1)));
    sending("a").fail(new IpfsKitError("storage_full", "No room."));
    await settle();
    expect(statuses()).toEqual(["failed", "sending", "sending"]);
    expect(queue.uploads[0]?.failure).toEqual({ code: "storage_full", message: "No room." });
    queue.close();
    expect(statuses()).toEqual(["failed", "cancelled", "cancelled"]);
  });
});
