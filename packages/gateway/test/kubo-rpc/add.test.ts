import { hash } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";

import { AbortedError, IpfsKitError, type LogFields, type Logger } from "@ipfs-kit/core";
import { type AddLine, addLineSchema, problemSchema } from "@ipfs-kit/core/wire";
import { seededBytes } from "@ipfs-kit/testing";
import { afterEach, describe, expect, it, vi } from "vitest";

import { MAX_UPLOADS, MIN_UPLOAD_BYTES } from "../../src/kubo-rpc/defaults.ts";
import { BODY_END, formOf, PART_END, partHead, rawUploadHead } from "./support/multipart.ts";
import { openRaw, readAnswer } from "./support/raw-http.ts";
import { ANY_CID, RecordingRepository } from "./support/recording-repository.ts";
import { type RpcServer, type RpcServerInit, startRpc } from "./support/rpc-server.ts";

const open: AsyncDisposable[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const server of open.splice(0)) await server[Symbol.asyncDispose]();
});

async function start(
  init: Partial<RpcServerInit> = {},
): Promise<RpcServer & { store: RecordingRepository }> {
  const store = new RecordingRepository();
  const server = await startRpc({ store, ...init });
  open.push(server);
  return { ...server, store };
}

const PROBLEM = { accept: "application/problem+json" };

const upload = async ({ url }: RpcServer, form: FormData, query = "") =>
  fetch(`${url}/api/v0/add${query}`, { method: "POST", headers: PROBLEM, body: form });

const linesOf = (body: string): AddLine[] =>
  body
    .trimEnd()
    .split("\n")
    .map((line) => addLineSchema.parse(JSON.parse(line)));

const problemOf = async (answer: Response) => problemSchema.parse(await answer.json());

/** Begins an upload by hand that promises more than it sends. */
async function begin({ port }: RpcServer, body: string, query = "") {
  const socket = await openRaw(port);
  socket.write(rawUploadHead(`/api/v0/add${query}`, `127.0.0.1:${port}`, 10_000_000) + body);
  return socket;
}

describe("adding files", () => {
  it("answers one line per file, in the order they were sent", async () => {
    const server = await start();
    const files = { "a.txt": "alpha", "leer.txt": "", "ä/ö &.bin": new Uint8Array(3_000_000) };
    const answer = await upload(server, formOf(files));
    expect(answer.status).toBe(200);
    expect(linesOf(await answer.text())).toEqual([
      { Name: "a.txt", Hash: ANY_CID, Size: "5" },
      { Name: "leer.txt", Hash: ANY_CID, Size: "0" },
      { Name: "ä/ö &.bin", Hash: ANY_CID, Size: "3000000" },
    ]);
    expect(server.store.added.map(({ pin }) => pin)).toEqual([true, true, true]);
  });

  it("hands every byte to the store, whatever the files hold", async () => {
    const server = await start();
    const contents = [
      seededBytes(1_000_003, 1),
      new Uint8Array(Buffer.from("\r\n--\r\n----\r\n------formdata\r\n\r\n".repeat(5_000))),
      seededBytes(65_536, 2),
      new Uint8Array([13]),
    ];
    const form = formOf(Object.fromEntries(contents.map((bytes, index) => [`${index}`, bytes])));
    expect(linesOf(await (await upload(server, form)).text())).toHaveLength(contents.length);
    expect(server.store.digests).toEqual(contents.map((bytes) => hash("sha256", bytes)));
  });

  it("takes thousands of small files in one request", async () => {
    const server = await start();
    const names = Array.from({ length: 3000 }, (_, index) => `file-${index}`);
    const form = formOf(Object.fromEntries(names.map((name) => [name, name])));
    const lines = linesOf(await (await upload(server, form)).text());
    expect(lines.map(({ Name }) => Name)).toEqual(names);
  });

  it("reads names as Kubo's clients and as browsers write them", async () => {
    const server = await start();
    const form = formOf({ "a%20b%2Bc": "", "50%": "", "C++.mp4": "" });
    const lines = linesOf(await (await upload(server, form)).text());
    expect(lines.map(({ Name }) => Name)).toEqual(["a b+c", "50%", "C++.mp4"]);
  });

  it("keeps under the name of the pin when one is given", async () => {
    const server = await start();
    const answer = await upload(server, formOf({ a: "x" }), "?pin-name=Holiday");
    expect(linesOf(await answer.text())).toMatchObject([{ Name: "a" }]);
    expect(server.store.added).toEqual([{ path: "a", name: "Holiday", pin: true, size: 1 }]);
  });

  it("keeps without pinning when told to", async () => {
    const server = await start();
    await upload(server, formOf({ a: "x" }), "?pin=false");
    expect(server.store.added).toEqual([{ path: "a", name: undefined, pin: false, size: 1 }]);
  });

  it("reports progress, rising and not too often, before each result", async () => {
    const server = await start();
    const form = formOf({ big: new Uint8Array(40_000_000) });
    const lines = linesOf(await (await upload(server, form, "?progress=true")).text());
    const progress = lines.slice(0, -1).map(({ Bytes = Number.NaN }) => Bytes);
    expect(progress.length).toBeGreaterThan(0);
    expect(progress.length).toBeLessThan(160);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(lines.at(-1)).toEqual({ Name: "big", Hash: ANY_CID, Size: "40000000" });
  });

  it("leaves the connection usable", async () => {
    const server = await start();
    for (let count = 0; count < 20; count += 1) {
      expect((await upload(server, formOf({ a: "x".repeat(100_000) }))).status).toBe(200);
      expect((await fetch(`${server.url}/livez`)).status).toBe(200);
    }
    expect(server.store.added).toHaveLength(20);
  });
});

describe("an add that cannot be done", () => {
  it("is refused when there is no file, or no form", async () => {
    const server = await start();
    const field = new FormData();
    field.append("comment", "just text");
    const post = async (headers: Record<string, string>, body: string) =>
      fetch(`${server.url}/api/v0/add`, {
        method: "POST",
        headers: { ...PROBLEM, ...headers },
        body,
      });
    const refused = [
      upload(server, new FormData()),
      upload(server, field),
      post({ "content-type": "application/json" }, "{}"),
      post({ "content-type": "multipart/form-data" }, "x"),
      post({ "content-type": "multipart/form-data; boundary=b" }, "no boundary in here"),
      post({ "content-type": "multipart/form-data; boundary=b" }, "--b\r\nContent-Disp"),
      fetch(`${server.url}/api/v0/add`, { method: "POST", headers: PROBLEM }),
    ];
    for (const answer of await Promise.all(refused)) {
      const problem = await problemOf(answer);
      expect(problem).toMatchObject({ status: 400, code: "invalid_request" });
    }
    expect(server.store.added).toEqual([]);
  });

  it.each([
    ["?pin=maybe", 400, "invalid_request"],
    ["?cid-version=2", 400, "invalid_request"],
    ["?cid-version=one", 400, "invalid_request"],
    ["?chunker=rabin", 422, "not_supported"],
    ["?chunker=size-0", 400, "invalid_request"],
    ["?chunker=huge", 400, "invalid_request"],
    ["?trickle", 422, "not_supported"],
    ["?hash=blake3", 422, "not_supported"],
    ["?inline=true", 422, "not_supported"],
    ["?pin=false&pin-name=x", 400, "invalid_request"],
    ["?mode=0644", 422, "not_supported"],
    ["?mtime=1700000000", 422, "not_supported"],
    ["?preserve-mode=true", 422, "not_supported"],
    ["?preserve-mtime", 422, "not_supported"],
    ["?max-file-links=2", 422, "not_supported"],
    [`?pin-name=${"x".repeat(256)}`, 400, "invalid_request"],
  ])("says so for %s", async (query, status, code) => {
    const server = await start();
    const answer = await upload(server, formOf({ a: "x" }), query);
    expect(answer.status).toBe(status);
    expect((await problemOf(answer)).code).toBe(code);
  });

  it.each([
    ["no Content-Disposition", "Content-Type: application/octet-stream\r\n"],
    ["no header at all", ""],
    ["a Content-Disposition of another kind", "Content-Disposition: attachment\r\n"],
    [
      "150 header lines before it",
      `${"X: y\r\n".repeat(150)}Content-Disposition: form-data; name="file"; filename="b"\r\n`,
    ],
    [
      "a header of 17 KiB before it",
      `X: ${"y".repeat(17 * 1024)}\r\nContent-Disposition: form-data; name="file"; filename="b"\r\n`,
    ],
  ])("is refused for a part with %s, wherever it stands", async (_what, head) => {
    const server = await start();
    const bad = `------ipfs-kit-test\r\n${head}\r\nlost${PART_END}`;
    const good = `${partHead("a")}good${PART_END}`;
    for (const body of [bad, good + bad, bad + good]) {
      const answer = await fetch(`${server.url}/api/v0/add`, {
        method: "POST",
        headers: {
          ...PROBLEM,
          "content-type": "multipart/form-data; boundary=----ipfs-kit-test",
        },
        body: body + BODY_END,
      });
      expect(answer.status).toBe(400);
      expect((await problemOf(answer)).code).toBe("invalid_request");
    }
  });

  it("is refused, or cut short, for a part whose header never ends", async () => {
    const server = await start();
    const post = async (body: string) => {
      const socket = await openRaw(server.port);
      const whole = body + BODY_END;
      socket.write(rawUploadHead("/api/v0/add", `127.0.0.1:${server.port}`, whole.length) + whole);
      return readAnswer(socket);
    };
    const bad = `------ipfs-kit-test\r\nX: y\r\nlost${PART_END}`;
    const good = `${partHead("a")}good${PART_END}`;
    expect((await post(bad)).status).toBe(400);
    expect((await post(bad + good)).status).toBe(400);
    // The first file is kept and answered for before the second turns out to be none.
    const { status, body } = await post(good + bad);
    expect(status).toBe(200);
    expect(body).toContain('"error_code":"invalid_request"');
    expect(body).not.toMatch(/\r\n0\r\n/);
  });

  it("is refused while as many are under way as may be", async () => {
    const server = await start();
    const sockets = await Promise.all(
      Array.from({ length: MAX_UPLOADS }, async () => begin(server, partHead("a"))),
    );
    await expect.poll(() => server.tasks.pending).toBe(MAX_UPLOADS);
    const answer = await upload(server, formOf({ a: "x" }));
    expect(answer.status).toBe(429);
    expect(answer.headers.get("retry-after")).toBe("1");
    expect((await problemOf(answer)).code).toBe("limit_exceeded");
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => server.tasks.pending).toBe(0);
    expect((await upload(server, formOf({ a: "x" }))).status).toBe(200);
  });

  it("is none of it when a client spells out what is done anyway", async () => {
    const server = await start();
    const query = "?cid-version=1&raw-leaves=true&hash=sha2-256&stream-channels=true";
    expect((await upload(server, formOf({ a: "x" }), query)).status).toBe(200);
  });

  it.each([
    ["storage_full", 507],
    ["data_directory", 503],
  ] as const)("answers %s with its status, while nothing was sent yet", async (code, status) => {
    const server = await start();
    server.store.before = () => {
      throw new IpfsKitError(code, "It is full.");
    };
    const answer = await upload(server, formOf({ a: new Uint8Array(1_000_000) }));
    expect(answer.status).toBe(status);
    expect(await problemOf(answer)).toMatchObject({ code, detail: "It is full." });
  });

  it("says why and cuts the connection, once lines were sent", async () => {
    const server = await start();
    const socket = await begin(server, `${partHead("a")}whole${PART_END}${partHead("b")}half`);
    const failing = server.store.failure.promise;
    const answer = readAnswer(socket);
    // The first file is answered for; then the form ends in the middle of the second.
    await expect.poll(() => server.store.added.length).toBe(1);
    socket.end();
    await failing;
    expect(server.store.added).toEqual([{ path: "a", name: undefined, pin: true, size: 5 }]);
    const { status, body } = await answer;
    expect(status).toBe(200);
    expect(body).toContain(`"Hash":"${ANY_CID}"`);
    expect(body).not.toMatch(/\r\n0\r\n/);
  });

  it("is visible to a client that reads while it sends", async () => {
    const server = await start();
    server.store.before = (count) => {
      if (count === 2) throw new IpfsKitError("storage_full", "It is full.");
    };
    const answer = await upload(server, formOf({ a: "x", b: "y", c: "z" }));
    expect(answer.status).toBe(200);
    let seen = "";
    await expect(
      (async () => {
        for await (const chunk of answer.body ?? []) seen += Buffer.from(chunk).toString();
      })(),
    ).rejects.toThrow("terminated");
    const [first = "", ...more] = seen.trimEnd().split("\n");
    expect(linesOf(first)).toMatchObject([{ Name: "a", Hash: ANY_CID }]);
    expect(more).toHaveLength(1);
    expect(seen).toContain('"code":"storage_full"');
  });
});

describe("an upload that breaks off", () => {
  it("fails the store's source, and is no error of ours", async () => {
    const errors: [string, LogFields | undefined][] = [];
    const server = await start({ logger: recordErrors(errors) });
    const socket = await begin(server, `${partHead("a")}${"x".repeat(600_000)}`, "?progress=true");
    socket.resume();
    await once(socket, "data");
    socket.destroy();
    expect(await server.store.failure.promise).toBeInstanceOf(AbortedError);
    expect(server.store.added).toEqual([]);
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
    expect(errors).toEqual([]);
  });

  it("is answered with 408 when nothing comes for too long", async () => {
    const server = await start({ uploadIdleMs: 50 });
    const answer = await readAnswer(await begin(server, `${partHead("a")}some`));
    expect(answer.status).toBe(408);
    expect(answer.headers.get("connection")).toBe("close");
    expect(JSON.parse(answer.body)).toMatchObject({
      error_code: "timeout",
      Type: "error",
      Code: 0,
    });
    expect(server.store.added).toEqual([]);
  });

  it.each([
    ["is not cut while enough keeps coming", MIN_UPLOAD_BYTES, 5, 200],
    ["is cut when a byte now and then is all that comes", 1, 2, 408],
  ])("%s", async (_what, bytes, pieces, status) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const server = await start({ uploadIdleMs: 30_000 });
    const outgoing = request({
      port: server.port,
      path: "/api/v0/add",
      method: "POST",
      headers: { "content-type": "multipart/form-data; boundary=----ipfs-kit-test" },
    });
    outgoing.on("error", () => {});
    outgoing.write(partHead("slow"));
    for (let count = 1; count <= pieces; count += 1) {
      outgoing.write("x".repeat(bytes));
      await expect.poll(() => server.store.received).toBe(count * bytes);
      vi.advanceTimersByTime(29_000);
    }
    if (status === 200) outgoing.end(PART_END + BODY_END);
    const [answer] = await once(outgoing, "response");
    expect(answer.statusCode).toBe(status);
    answer.resume();
    expect(server.store.added).toHaveLength(status === 200 ? 1 : 0);
  });

  it("is cut when its connection is, and leaves nothing behind", async () => {
    const server = await start();
    const socket = await begin(server, `${partHead("a")}some`);
    const closed = once(socket.resume(), "close");
    await expect.poll(() => server.tasks.pending).toBe(1);
    server.cut();
    await closed;
    expect(await server.store.failure.promise).toBeInstanceOf(AbortedError);
    expect(server.store.added).toEqual([]);
  });
});

const ignore = () => {};

function recordErrors(errors: [string, LogFields | undefined][]): Logger {
  const record = (message: string, fields?: LogFields) => void errors.push([message, fields]);
  const logger: Logger = {
    debug: ignore,
    info: ignore,
    warn: record,
    error: record,
    child: () => logger,
  };
  return logger;
}
