import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { MemoryBlocks } from "@ipfs-kit/content-memory";
import type { CID } from "@ipfs-kit/core";
import { describeWithKubo, seededBytes, startKubo } from "@ipfs-kit/testing";
import { expect, it, onTestFinished } from "vitest";

import { DagMaker, type Made } from "./support/dags.ts";
import { bytesOf, serveGateway, temporaryDirectory } from "./support/serve-gateway.ts";
import { createGateway } from "@ipfs-kit/gateway";

/** Headers that say the same in every gateway. */
const COMPARED = [
  "accept-ranges",
  "access-control-allow-origin",
  "cache-control",
  "content-length",
  "content-range",
  "content-type",
  "etag",
  "location",
  "x-ipfs-path",
  "x-ipfs-roots",
];

interface Asked {
  path: string;
  headers?: Record<string, string>;
  method?: string;
  /** Headers that are ours to choose, with the reason. */
  differs?: string[];
  /** The body is our own page or text. */
  ownBody?: boolean;
}

interface Trees {
  root: CID;
  file: CID;
  document: CID;
  pb: CID;
}

function made(cid: CID): Made {
  return { cid, dagSize: 10, size: 10 };
}

async function makeTrees(dags: DagMaker): Promise<Trees> {
  const text = await dags.raw("the quick brown fox\n");
  const file = await dags.file(seededBytes(700_000, 4), 100_000);
  const single = await dags.file(seededBytes(5_000, 8), 5_000);
  const site = await dags.directory({
    "index.html": await dags.raw("<html>hi</html>"),
    "a.css": text,
  });
  const inner = await dags.cbor({ hello: "world" });
  const document = await dags.cbor({ foo: { link: inner }, list: [text.cid], n: 1 });
  const json = await dags.json({ foo: { link: inner } });
  const docs = await dags.directory({ "big.mp4": file, "note.txt": text, "ą.txt": text });
  const root = await dags.directory({
    docs,
    doc: made(document),
    json: made(json),
    link: await dags.symlink("docs/note.txt"),
    single,
    site,
    "data.json": await dags.raw('{"a": 1}'),
  });
  return { root: root.cid, file: file.cid, document, pb: docs.cid };
}

/** Kubo's page is another page. */
const LISTING = ["content-length", "content-type", "etag"];
/** Kubo says with a redirect, as a page, where it leads. */
const REDIRECT = ["content-length", "content-type"];
/** RFC 9110 §15.4.5 has these sent with 304; Kubo 0.39 does not yet. */
const NOT_MODIFIED = ["cache-control", "etag", "x-ipfs-roots"];
/** Kubo repeats the CID of a document for each name inside its data. */
const INSIDE_DATA = ["x-ipfs-roots"];
/** A CAR's tag is each gateway's own (specification of the trustless gateway, Etag). */
const CAR = ["etag", "content-length"];

function questions({ root, file, document }: Trees): Asked[] {
  const ranges = ["bytes=0-0", "bytes=99990-100010", "bytes=650000-", "bytes=-5"];
  const etag = `"${file.toString()}"`;
  const at = `/ipfs/${root.toString()}`;
  const bare = `/ipfs/${file.toString()}`;
  return [
    { path: `${at}/docs/big.mp4` },
    { path: `${at}/docs/big.mp4`, method: "HEAD" },
    ...ranges.map((range) => ({ path: `${at}/docs/big.mp4`, headers: { range } })),
    // Kubo answers the first of several, we all of them.
    {
      path: `${at}/docs/big.mp4`,
      headers: { range: "bytes=1-2,5000-5006" },
      differs: ["content-length", "content-range", "content-type"],
      ownBody: true,
    },
    { path: `${at}/docs/big.mp4`, headers: { range: "bytes=1-2,1-2" } },
    { path: `${at}/docs/big.mp4`, headers: { range: "bytes=1-2,700000-" } },
    { path: `${at}/docs/big.mp4`, headers: { range: "bytes=0-1", "if-range": etag } },
    { path: `${at}/docs/big.mp4`, headers: { range: "bytes=0-1", "if-range": '"x"' } },
    { path: `${at}/docs/big.mp4`, headers: { "if-none-match": etag }, differs: NOT_MODIFIED },
    {
      path: `${at}/docs/big.mp4`,
      headers: { "if-none-match": `"a", W/${etag}` },
      differs: NOT_MODIFIED,
    },
    { path: `${at}/docs/big.mp4`, headers: { "if-none-match": '"a"' } },
    { path: `${at}/docs/big.mp4?filename=x.mp4` },
    { path: `${at}/docs/note.txt` },
    { path: `${at}/docs/note.txt`, method: "HEAD" },
    { path: `${at}/docs/note.txt?filename=x.html&download=true` },
    { path: `${at}/docs/note.txt`, headers: { accept: "*/*" } },
    { path: `${at}/data.json` },
    { path: `${at}/data.json`, headers: { accept: "application/json" } },
    { path: `${at}/single`, differs: ["content-type"] },
    { path: `${at}/link` },
    { path: `${at}/site/` },
    { path: `${at}/site`, differs: REDIRECT, ownBody: true },
    { path: `${at}/site?a=b`, differs: REDIRECT, ownBody: true },
    { path: `${at}/site/a.css` },
    { path: `${at}/`, differs: LISTING, ownBody: true },
    // Kubo 0.39 says next to nothing about a folder it is not asked to list.
    { path: `${at}/`, method: "HEAD", differs: COMPARED },
    { path: `${at}/docs`, differs: REDIRECT, ownBody: true },
    { path: `${at}/docs/%C4%85.txt`, differs: ["x-ipfs-path"] },
    { path: `${at}/docs/nothing`, differs: COMPARED, ownBody: true },
    { path: `${at}/docs/note.txt/more`, differs: COMPARED, ownBody: true },
    { path: "/ipfs/nonsense", differs: COMPARED, ownBody: true },
    { path: bare, differs: ["content-type"] },
    { path: `${bare}?format=raw` },
    { path: `${bare}?format=raw`, method: "HEAD" },
    { path: bare, headers: { accept: "application/vnd.ipld.raw" } },
    { path: bare, headers: { accept: "application/vnd.ipld.raw", range: "bytes=3-8" } },
    { path: `${at}/docs/big.mp4?format=raw` },
    { path: `${bare}?format=car`, differs: CAR },
    { path: `${bare}?format=car&car-dups=y`, differs: CAR },
    { path: `${bare}?format=car&dag-scope=entity&entity-bytes=0:150000`, differs: CAR },
    { path: `${bare}?format=car&dag-scope=entity&entity-bytes=-5:*`, differs: CAR },
    { path: `${bare}?format=car&dag-scope=block`, differs: CAR },
    { path: `${at}?format=car`, differs: CAR },
    { path: `${at}/docs?format=car&dag-scope=entity`, differs: CAR },
    { path: `${at}/docs/note.txt?format=car`, differs: CAR },
    { path: `${at}/docs/note.txt?format=car&dag-scope=block`, differs: CAR },
    { path: `${at}?format=car&dag-scope=some`, differs: COMPARED, ownBody: true },
    { path: `${at}?format=car&car-version=2`, differs: COMPARED, ownBody: true },
    { path: `/ipfs/${document.toString()}` },
    { path: `/ipfs/${document.toString()}?format=dag-cbor`, differs: ["accept-ranges"] },
    { path: `/ipfs/${document.toString()}?format=cbor` },
    { path: `/ipfs/${document.toString()}?format=raw` },
    { path: `/ipfs/${document.toString()}/foo/link`, differs: INSIDE_DATA },
    { path: `/ipfs/${document.toString()}/foo`, differs: COMPARED, ownBody: true },
    { path: `/ipfs/${document.toString()}/nothing`, differs: COMPARED, ownBody: true },
    { path: `${at}/doc` },
    { path: `${at}/doc/list/0`, differs: INSIDE_DATA },
    { path: `${at}/json` },
    { path: `${at}/json?format=json` },
    { path: "/ipfs/bafkqaaa?format=raw" },
    { path: "/ipfs/bafkqabtimvwgy3yk", differs: ["content-type"] },
    { path: `${at}/docs?format=tar`, differs: ["accept-ranges", "content-length"], ownBody: true },
    { path: bare, method: "POST", differs: COMPARED, ownBody: true },
  ];
}

async function ask(address: string, { path, headers = {}, method = "GET" }: Asked) {
  const answer = await fetch(`${address}${path}`, { method, headers, redirect: "manual" });
  return {
    status: answer.status,
    headers: answer.headers,
    body: Buffer.from(await bytesOf(answer)),
  };
}

describeWithKubo("beside Kubo's gateway", () => {
  it("the same requests get the same answers", { timeout: 120_000 }, async () => {
    const blocks = new MemoryBlocks();
    const trees = await makeTrees(new DagMaker(blocks));
    const kubo = await startKubo({ gateway: true });
    onTestFinished(async () => kubo.stop());
    const car = join(await temporaryDirectory(), "trees.car");
    for (const root of [trees.root, trees.document]) {
      const whole = await createGateway({ blocks }).request(`/ipfs/${root.toString()}?format=car`);
      await writeFile(car, await bytesOf(whole));
      // Kubo checks every block on the way in.
      await kubo.run(["dag", "import", "--pin-roots=false", car]);
    }
    const ours = await serveGateway({ blocks });
    const asked = questions(trees);
    const differences: string[] = [];
    for (const question of asked) {
      const [theirs, own] = [await ask(kubo.gateway ?? "", question), await ask(ours, question)];
      const name = `${question.method ?? "GET"} ${question.path} ${JSON.stringify(question.headers ?? {})}`;
      if (theirs.status !== own.status) differences.push(`${name}: ${theirs.status} ${own.status}`);
      for (const header of COMPARED.filter((one) => !question.differs?.includes(one))) {
        const [a, b] = [theirs.headers.get(header), own.headers.get(header)];
        if (a !== b) differences.push(`${name}: ${header}: ${a} | ${b}`);
      }
      if (question.ownBody !== true && !theirs.body.equals(own.body)) {
        differences.push(`${name}: ${theirs.body.length} other bytes, ${own.body.length}`);
      }
    }

    expect(differences).toEqual([]);
    expect(asked.length).toBeGreaterThanOrEqual(60);
  });
});
