import { once } from "node:events";
import { createMemoryRepository } from "@ipfs-kit/content-memory";
import { CID } from "@ipfs-kit/core";
import { createGateway } from "@ipfs-kit/gateway";
import { seededBytes, inPieces } from "@ipfs-kit/testing";
import { expect, it } from "vitest";
import { startRpc } from "../kubo-rpc/support/rpc-server.ts";
import { openRaw } from "../kubo-rpc/support/raw-http.ts";
import { formOf, partHead, rawUploadHead, PART_END, BODY_END } from "../kubo-rpc/support/multipart.ts";

const store = createMemoryRepository();
it("gateway leak on abort without reading", async () => {
  const { cid } = await store.add(inPieces(seededBytes(5_000_000, 1), 100_000));
  let ended = 0;
  const gateway = createGateway({ blocks: store.blocks, store: { read: (...a) => { const it = store.read(...a)[Symbol.asyncIterator](); return { [Symbol.asyncIterator]: () => ({ next: () => it.next(), return: async () => { ended += 1; return it.return!(); } }) } as any; } }, maxConcurrentRequests: 1 });
  const c = new AbortController();
  const answer = await gateway.request(new Request(`http://x/ipfs/${cid}`, { signal: c.signal }));
  c.abort();
  await new Promise((r) => setTimeout(r, 50));
  const again = await gateway.request(`/ipfs/${cid}`, { method: "HEAD" });
  console.log("G4", answer.status, again.status, ended);
});
it("rpc json proto", async () => {
  await using rpc = await startRpc({ store });
  const post = async (p: string, form?: FormData) => { const a = await fetch(`${rpc.url}/api/v0/${p}`, { method: "POST", ...(form ? { body: form } : {}) }); return `${a.status} ${await a.text().catch((e) => String(e))}`; };
  for (const text of ['{"__proto__":{"a":1},"b":2}', '{"a":1.0}', '{"a":18446744073709551615}', '{"a":1,"a":2}', '"__proto__"', '{"/":"x"}','{"a":1e400}','{"a":-0}', '{"\\ud800":1}','[9007199254740993]']) {
    const put = await post("dag/put", formOf({ x: text }));
    const cid = /"\/":"(\w+)"/.exec(put)?.[1];
    console.log("put", text, put.trim(), cid ? await post(`dag/get?arg=${cid}`) : "");
    if (cid) { const raw = await post(`block/get?arg=${cid}`); console.log(Buffer.from(raw).toString("latin1").slice(0, 100)); }
  }
  for (const q of ["cat?arg=x/..", "get?arg=bafyaabakaieac/..", "resolve?arg=bafyaabakaieac/../..", "dag/stat?arg=bafkqaaa&progress=false", "refs?arg=bafkqaaa&max-depth=-5&recursive=true", "ls?arg=bafkqaaa", "cat?arg=bafkqaaa&offset=99999999999999999999", "cat?arg=%00", "pin/ls?type=all&name=%00", "block/get?arg=bafkqaaa&arg=b", "add?chunker=size-99999999999", "pin/ls?arg=bafkqaaa&type=indirect", "dag/get?arg=bafkqaaa", "dag/export?arg=bafkqaaa", "get?arg=bafkqaaa&compress=true&archive=true", "pin/add?arg=bafkqaaa", "pin/rm?arg=bafkqaaa", "pin/update?arg=bafkqaaa&arg=bafkqaaa", "block/rm?arg=bafkqaaa", "block/stat?arg=bafkqaaa", "files/stat?arg=/ipfs/bafkqaaa"]) {
    const [p, s] = q.split("?");
    console.log(q, (await post(q)).slice(0, 200));
  }
  for (const m of ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
    const codes = new Set<number>();
    for (const p of ["add", "cat", "pin/add", "repo/gc", "block/put", "version", "id", "key/gen", "files/rm"]) codes.add((await fetch(`${rpc.url}/api/v0/${p}?arg=x`, { method: m })).status);
    console.log(m, [...codes]);
  }
});
it("stop while upload is paused", async () => {
  const rpc = await startRpc({ store, uploadIdleMs: 30_000 });
  for (const path of ["add", "block/put", "dag/import", "dag/put"]) {
    const socket = await openRaw(rpc.port);
    socket.write(rawUploadHead(`/api/v0/${path}`, "x", 1_000_000) + partHead("a") + "abc");
  }
  await new Promise((r) => setTimeout(r, 200));
  console.log("pending", rpc.tasks.pending);
  const t = performance.now();
  await rpc.tasks.stop();
  console.log("stopped after", performance.now() - t, rpc.tasks.pending);
  await rpc[Symbol.asyncDispose]();
}, 60000);
it("client gone before the handler", async () => {
  await using rpc = await startRpc({ store: { listPins: async () => ({ pins: [{ cid: CID.parse("bafkqaaa"), kind: "recursive" as const }], nextCursor: "1" }) } });
  const t = performance.now();
  const c = new AbortController();
  const a = await fetch(`${rpc.url}/api/v0/pin/ls?type=recursive&stream=true`, { method: "POST", signal: c.signal });
  let lines = 0; const t2 = performance.now();
  for await (const chunk of a.body!) { for (const b of chunk) if (b === 10) lines++; if (performance.now() - t2 > 3000) break; }
  console.log("lines/s", lines / 3, process.memoryUsage().heapUsed / 1e6);
});
