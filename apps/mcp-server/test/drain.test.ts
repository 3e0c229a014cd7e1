import { healthSchema, problemSchema } from "@ipfs-kit/core/wire";
import { describe, expect, it } from "vitest";

import { startListener } from "./support/listener.ts";
import { BODY_END, PART_END, partHead, rawUploadHead } from "./support/multipart.ts";
import { openRaw, readAnswer } from "./support/raw-http.ts";
import { RecordingStore } from "./support/recording-store.ts";

describe("a listener that drains", () => {
  it("finishes the upload in flight, says 503 to newcomers, and tells why", async () => {
    const store = new RecordingStore();
    await using server = await startListener({ store });
    const body = `${partHead("a")}some more${PART_END}${BODY_END}`;
    const upload = await openRaw(server.port);
    upload.write(rawUploadHead("/api/v0/add", `127.0.0.1:${server.port}`, body.length));
    upload.write(body.slice(0, -20));
    await expect.poll(() => server.tasks.pending).toBe(1);

    const drained = server.listener.drain(60_000);

    const ready = await fetch(`${server.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(healthSchema.parse(await ready.json())).toMatchObject({
      status: "unavailable",
      components: [{ name: "process", status: "unavailable", reason_code: "draining" }],
    });
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
    const late = await fetch(`${server.url}/api/v0/version`);
    expect(late.status).toBe(503);
    expect(late.headers.get("retry-after")).toBe("5");
    expect(late.headers.get("connection")).toBe("close");
    expect(problemSchema.parse(await late.json()).code).toBe("unavailable");

    upload.write(body.slice(-20));
    expect((await readAnswer(upload)).status).toBe(200);
    upload.destroy();
    await drained;
    expect(store.added).toEqual([{ name: "a", pin: true, size: 9 }]);
  });

  it("is done at once when nothing is in flight", async () => {
    await using server = await startListener();
    const idle = await openRaw(server.port);
    const startedAt = performance.now();
    await server.listener.drain(60_000);
    await server.listener.close();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    idle.destroy();
  });
});
