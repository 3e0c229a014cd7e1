import { MemoryBlocks } from "@ipfs-kit/content-memory";
import type { CID } from "@ipfs-kit/core";
import { createGateway, type GatewayInit } from "@ipfs-kit/gateway";
import { seededBytes } from "@ipfs-kit/testing";
import { Hono } from "hono";
import { beforeAll, describe, expect, it } from "vitest";

import { DagMaker, type Made } from "./support/dags.ts";
import { bytesOf } from "./support/serve-gateway.ts";

const IMMUTABLE = "public, max-age=29030400, immutable";
const ABSENT = "bafkreigzafgemjeejks3vqyuo46ww2e22rt7utq5djikdofjtvnjl5zp6u";

const blocks = new MemoryBlocks();
const dags = new DagMaker(blocks);
const gateway = createGateway({ blocks });
const big = seededBytes(5_000, 3);
const site: { root: Made; docs: Made; text: Made; file: Made; index: Made; withIndex: Made } = {
  root: nothing(),
  docs: nothing(),
  text: nothing(),
  file: nothing(),
  index: nothing(),
  withIndex: nothing(),
};

function nothing(): Made {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- filled in before any test
  return { cid: undefined as unknown as CID, dagSize: 0, size: 0 };
}

beforeAll(async () => {
  site.text = await dags.raw("the quick brown fox jumps over\n");
  site.file = await dags.file(big, 1_000);
  site.index = await dags.raw("<!doctype html><title>Home</title>");
  site.withIndex = await dags.directory({ "index.html": site.index, "b.txt": site.text });
  site.docs = await dags.directory({
    "file-źł.txt": site.text,
    "50% & <b>.txt": site.text,
    "big.bin": site.file,
    link: await dags.symlink("big.bin"),
    site: site.withIndex,
  });
  site.root = await dags.directory({ ą: site.docs, data: await dags.raw('{"a": [1, 2]}') });
});

const get = async (path: string, headers: Record<string, string> = {}, method = "GET") =>
  gateway.request(path, { method, headers });
const textTag = () => `"${site.text.cid.toString()}"`;
const rootPath = () => `/ipfs/${site.root.cid.toString()}`;

describe("HEAD", () => {
  it.each(["", "?format=raw", "?format=json", "/nothing", "?format=nothing"])(
    "of a file with %j says what GET says",
    async (rest) => {
      const path = `${rootPath()}/data${rest}`;
      const [whole, head] = [await get(path), await get(path, {}, "HEAD")];

      expect(head.status).toBe(whole.status);
      expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(whole.headers));
      const length = (await bytesOf(whole)).length;
      expect(head.headers.get("content-length")).toBe(String(length));
      expect(await head.text()).toBe("");
    },
  );
});

describe("a file", () => {
  it("comes whole, with all that caches want to know", async () => {
    const answer = await get(`${rootPath()}/ą/big.bin`);

    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "accept-ranges": "bytes",
      "access-control-allow-origin": "*",
      "cache-control": IMMUTABLE,
      "content-length": "5000",
      "content-type": "application/octet-stream",
      etag: `"${site.file.cid.toString()}"`,
      "x-content-type-options": "nosniff",
      "x-ipfs-path": `${rootPath()}/%C4%85/big.bin`,
      "x-ipfs-roots": [site.root, site.docs, site.file].map(({ cid }) => cid.toString()).join(","),
    });
    expect(await bytesOf(answer)).toEqual(big);
  });

  it.each([
    { range: "bytes=0-0", from: 0, to: 1 },
    { range: "bytes=990-1010", from: 990, to: 1_011 },
    { range: "bytes=4000-", from: 4_000, to: 5_000 },
    { range: "bytes=-7", from: 4_993, to: 5_000 },
    { range: "bytes=10-19,5000-", from: 10, to: 20 },
    { range: "bytes=10-19,0-9", from: 0, to: 20 },
  ])("comes in part for $range", async ({ range, from, to }) => {
    const answer = await get(`${rootPath()}/ą/big.bin`, { range });

    expect(answer.status).toBe(206);
    expect(answer.headers.get("content-range")).toBe(`bytes ${from}-${to - 1}/5000`);
    expect(answer.headers.get("content-length")).toBe(String(to - from));
    expect(answer.headers.get("etag")).toBe(`"${site.file.cid.toString()}"`);
    expect(await bytesOf(answer)).toEqual(big.subarray(from, to));
  });

  it("is read through the store where there is one, unless only what is held here counts", async () => {
    const asked: unknown[] = [];
    const store: GatewayInit["store"] = {
      async *read(_cid, options) {
        asked.push([options?.offset, options?.length]);
        yield big.subarray(1, 3);
      },
    };
    const withStore = createGateway({ blocks, store });
    const path = `/ipfs/${site.file.cid.toString()}`;
    const part = await withStore.request(path, { headers: { range: "bytes=1-2" } });
    const held = await withStore.request(path, { headers: { "cache-control": "only-if-cached" } });

    expect(await bytesOf(part)).toEqual(big.subarray(1, 3));
    expect(await bytesOf(held)).toEqual(big);
    expect(asked).toEqual([[1, 2]]);
  });

  it("has nothing outside itself", async () => {
    const answer = await get(`${rootPath()}/ą/big.bin`, { range: "bytes=5000-" });

    expect(answer.status).toBe(416);
    expect(answer.headers.get("content-range")).toBe("bytes */5000");
  });

  it("comes in part only if it is still the one the client has a part of", async () => {
    const path = `${rootPath()}/ą/big.bin`;
    const etag = `"${site.file.cid.toString()}"`;
    const statuses: number[] = [];
    for (const tag of [etag, `W/${etag}`, '"other"', "Sat, 21 Nov 2026 12:00:00 GMT"]) {
      statuses.push((await get(path, { range: "bytes=0-9", "if-range": tag })).status);
    }

    expect(statuses).toEqual([206, 200, 200, 200]);
  });

  it("is not read for HEAD: its root and its first part say what there is to say", async () => {
    blocks.asked.length = 0;
    const answer = await get(`/ipfs/${site.file.cid.toString()}`, {}, "HEAD");
    const asked = new Set(blocks.asked);

    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-length")).toBe("5000");
    expect(await answer.text()).toBe("");
    expect(asked.size).toBeLessThanOrEqual(2);
  });

  it.each([
    { name: "?filename=a.jpg", disposition: `inline; filename="a.jpg"; filename*=UTF-8''a.jpg` },
    {
      name: "?filename=test%D1%82%D0%B5%D1%81%D1%82.jpg&download=true",
      disposition: `attachment; filename="test____.jpg"; filename*=UTF-8''test%D1%82%D0%B5%D1%81%D1%82.jpg`,
    },
    {
      name: "?filename=%22%0d%0aset-cookie:a%5c..%2fb",
      disposition: `inline; filename="___set-cookie:a_.._b"; filename*=UTF-8''%22%0D%0Aset-cookie%3Aa%5C..%2Fb`,
    },
    { name: "?download=true", disposition: "attachment" },
    { name: "?download=false", disposition: null },
  ])("is called what the client wants with $name", async ({ name, disposition }) => {
    const answer = await get(`/ipfs/${site.file.cid.toString()}${name}`);

    expect(answer.headers.get("content-disposition")).toBe(disposition);
  });

  it.each([
    { content: "plain words", name: "", type: "text/plain; charset=utf-8" },
    { content: "plain words", name: "?filename=a.css", type: "text/css; charset=utf-8" },
    { content: '{"a": 1}', name: "", type: "application/json" },
    { content: "<!DOCTYPE html><p>hi", name: "", type: "text/html" },
    { content: '<?xml version="1.0"?><svg xmlns="x">', name: "", type: "image/svg+xml" },
    { content: "\u0000\u0001\u0002", name: "", type: "application/octet-stream" },
    { content: "%PDF-1.7", name: "?filename=a.txt", type: "application/pdf" },
    { content: "", name: "", type: "text/plain; charset=utf-8" },
  ])("with $content under the name $name is $type", async ({ content, name, type }) => {
    const { cid } = await dags.raw(content);

    expect((await get(`/ipfs/${cid.toString()}${name}`)).headers.get("content-type")).toBe(type);
  });
});

describe("what a client has already", () => {
  it.each([
    { says: "its tag", header: (tag: string) => tag, status: 304 },
    { says: "its tag as a weak one", header: (tag: string) => `W/${tag}`, status: 304 },
    { says: "a list with its tag", header: (tag: string) => `"a", W/"b",${tag}`, status: 304 },
    { says: "anything", header: () => "*", status: 304 },
    { says: "another tag", header: () => '"other"', status: 200 },
    {
      says: "the tag of the block",
      header: (tag: string) => tag.replace(/"$/, '.raw"'),
      status: 200,
    },
  ])("is not sent again for $says", async ({ header, status }) => {
    const path = `/ipfs/${site.text.cid.toString()}`;
    const answer = await get(path, { "if-none-match": header(textTag()) });

    expect(answer.status).toBe(status);
    expect(answer.headers.get("etag")).toBe(textTag());
    expect(answer.headers.get("cache-control")).toBe(IMMUTABLE);
  });

  it("holds for the page of a folder", async () => {
    const page = await get(`${rootPath()}/`);
    const again = await get(`${rootPath()}/`, { "if-none-match": page.headers.get("etag") ?? "" });

    expect(page.headers.get("etag")).toMatch(/^"DirIndex-[0-9a-f]+_CID-/);
    expect(again.status).toBe(304);
  });

  it("does not hide that nothing is here", async () => {
    expect((await get(`/ipfs/${ABSENT}`, { "if-none-match": "*" })).status).toBe(404);
  });
});

describe("a folder", () => {
  it("is redirected to its address with a slash, whatever was asked along", async () => {
    const answer = await get(`${rootPath()}/ą?download=true&x=%2F`);

    expect(answer.status).toBe(301);
    expect(answer.headers.get("location")).toBe(`${rootPath()}/%C4%85/?download=true&x=%2F`);
  });

  it("is listed, with names as text and links that lead to them", async () => {
    const answer = await get(`${rootPath()}/ą/`);
    const page = await answer.text();

    expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(answer.headers.get("cache-control")).toContain("max-age=604800");
    expect(page).toContain(`<a href="${rootPath()}/%C4%85/file-%C5%BA%C5%82.txt">file-źł.txt</a>`);
    expect(page).toContain(
      `<a href="${rootPath()}/%C4%85/50%25%20&amp;%20%3Cb%3E.txt">50% &amp; &lt;b&gt;.txt</a>`,
    );
    expect(page).toContain(`<a href="${rootPath()}/%C4%85/..">..</a>`);
    expect(page).not.toContain("<script");
    expect(page).not.toContain("<b>");
  });

  it("has no way up from its root", async () => {
    expect(await (await get(`${rootPath()}/`)).text()).not.toContain(">..<");
  });

  it("shows its index.html, as itself", async () => {
    const answer = await get(`${rootPath()}/ą/site/`);

    expect(await answer.text()).toContain("<title>Home</title>");
    expect(answer.headers.get("content-type")).toBe("text/html");
    expect(answer.headers.get("etag")).toBe(`"${site.withIndex.cid.toString()}"`);
    expect(answer.headers.get("cache-control")).toBe(IMMUTABLE);
    expect(answer.headers.get("x-ipfs-roots")).not.toContain(site.index.cid.toString());
  });

  it("is listed up to a limit, and says so", async () => {
    const short = createGateway({ blocks, maxListedEntries: 2 });
    const page = await (await short.request(`${rootPath()}/ą/`)).text();

    expect(page).toContain("Only the first 2 entries are listed");
    expect(page).toContain("</html>");
  });

  it("is listed under the address the gateway is mounted at", async () => {
    const app = new Hono().route("/gw", gateway);
    const page = await (await app.request(`/gw${rootPath()}/`)).text();
    const redirect = await app.request(`/gw${rootPath()}`);

    expect(page).toContain(`href="/gw${rootPath()}/data"`);
    expect(redirect.headers.get("location")).toBe(`/gw${rootPath()}/`);
  });
});

describe("other things", () => {
  it("a link is shown, not followed", async () => {
    const answer = await get(`${rootPath()}/ą/link`);

    expect(answer.headers.get("content-type")).toBe("inode/symlink");
    expect(await answer.text()).toBe("big.bin");
  });

  it("a document is its block, in its own form only", async () => {
    const cid = (await dags.cbor({ hello: "world" })).toString();
    const own = await get(`/ipfs/${cid}`);
    const plain = await get(`/ipfs/${cid}?format=cbor`);
    const other = await get(`/ipfs/${cid}?format=dag-json`);

    expect(own.headers.get("content-type")).toBe("application/vnd.ipld.dag-cbor");
    expect(own.headers.get("etag")).toBe(`"${cid}.dag-cbor"`);
    expect(own.headers.get("content-disposition")).toContain(`attachment; filename="${cid}.cbor"`);
    expect(plain.headers.get("content-type")).toBe("application/cbor");
    expect(await bytesOf(plain)).toEqual(await bytesOf(own));
    expect(other.status).toBe(406);
  });

  it("a document is followed through its links, not into its data", async () => {
    const inner = await dags.cbor({ hello: "world" });
    const cid = (await dags.json({ foo: { link: inner, text: "no link" } })).toString();
    const through = await get(`/ipfs/${cid}/foo/link`);

    expect(through.status).toBe(200);
    expect(through.headers.get("x-ipfs-roots")).toBe(`${cid},${inner.toString()}`);
    expect((await get(`/ipfs/${cid}/foo/text`)).status).toBe(501);
    expect((await get(`/ipfs/${cid}/foo/nothing`)).status).toBe(404);
  });

  it("a document is shown to people as a page", async () => {
    const cid = (await dags.json({ text: "<script>alert(1)</script>" })).toString();
    const redirect = await get(`/ipfs/${cid}`, { accept: "text/html" });
    const page = await get(`/ipfs/${cid}/`, { accept: "text/html" });

    expect(redirect.headers.get("location")).toBe(`/ipfs/${cid}/`);
    expect(page.headers.get("etag")).toContain("DagIndex-");
    expect(await page.text()).not.toContain("<script");
  });

  it("an identity CID is its own content", async () => {
    expect(await (await get("/ipfs/bafkqabtimvwgy3yk")).text()).toBe("hello\n");
    expect((await get("/ipfs/bafkqaaa?format=raw")).status).toBe(200);
  });
});

describe("a request", () => {
  it.each([
    { what: "a root that is not here", path: `/ipfs/${ABSENT}`, status: 404 },
    { what: "a name that is not there", path: "{root}/nothing", status: 404 },
    { what: "a name inside a file", path: "{root}/data/more", status: 404 },
    { what: "no CID", path: "/ipfs/not-a-cid", status: 400 },
    { what: "nothing", path: "/ipfs/", status: 400 },
    { what: "an unknown format", path: "{root}?format=zip", status: 400 },
    { what: "an IPNS record", path: "{root}?format=ipns-record", status: 400 },
    { what: "a folder as JSON", path: "{root}/?format=json", status: 406 },
    { what: "a file as dag-json", path: "{root}/data?format=dag-json", status: 406 },
    { what: "a tar of a document", path: "{cbor}?format=tar", status: 406 },
    { what: "a codec nobody knows", path: "{git}", status: 400 },
    { what: "a name under /ipns/", path: "/ipns/example.net/", status: 501 },
  ])("for $what gets $status", async ({ path, status }) => {
    const cbor = await dags.cbor({ a: 1 });
    const git = await dags.put(0x78, new TextEncoder().encode("git"));
    const answer = await get(
      path
        .replace("{root}", rootPath())
        .replace("{cbor}", `/ipfs/${cbor.toString()}`)
        .replace("{git}", `/ipfs/${git.toString()}`),
    );

    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(await answer.json()).toMatchObject({ status, detail: expect.any(String) });
  });

  it("by a person is refused in plain words", async () => {
    const answer = await get(`/ipfs/${ABSENT}`, { accept: "text/html" });

    expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(await answer.text()).toContain("404 Not found");
  });

  it.each(["POST", "PUT", "DELETE", "PATCH"])("with %s is refused", async (method) => {
    const answer = await get(`${rootPath()}/`, {}, method);

    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
  });

  it("from another origin is allowed, and so it is told beforehand", async () => {
    const answer = await get(`${rootPath()}/`, { origin: "https://example.net" }, "OPTIONS");

    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("access-control-allow-credentials")).toBe(null);
    expect(answer.headers.get("access-control-allow-headers")).toContain("Range");
    expect(answer.headers.get("access-control-expose-headers")).toContain("X-Ipfs-Roots");
  });

  it("for a service worker over all roots is refused", async () => {
    const headers = { "service-worker": "script" };

    expect((await get(`/ipfs/${site.text.cid.toString()}`, headers)).status).toBe(400);
    expect((await get(`${rootPath()}/data`, headers)).status).toBe(200);
  });

  it("for what is held here only is answered without asking anybody", async () => {
    const headers = { "cache-control": "no-transform, only-if-cached" };
    const holey = await dags.file(seededBytes(3_000, 9), 1_000);
    await blocks.delete(holey.leaves[0] ?? holey.cid);

    expect((await get(`${rootPath()}/ą/big.bin`, headers, "HEAD")).status).toBe(200);
    expect((await get(`/ipfs/${ABSENT}`, headers, "HEAD")).status).toBe(412);
    expect((await get(`/ipfs/${ABSENT}`, headers)).status).toBe(412);
    expect((await get(`/ipfs/${holey.cid.toString()}`, headers)).status).toBe(412);
  });

  it("says by which header its form was chosen, and where that form has an address", async () => {
    const answer = await get(`${rootPath()}/data?x=1`, { accept: "application/vnd.ipld.raw" });

    expect(answer.headers.get("vary")).toBe("accept");
    expect(answer.headers.get("content-location")).toBe(`${rootPath()}/data?x=1&format=raw`);
  });

  it("is not believed about where it comes from", async () => {
    const forwarded = { "x-forwarded-host": "evil.example", "x-forwarded-prefix": "/evil" };
    const answer = await get(rootPath(), forwarded);

    expect(answer.headers.get("location")).toBe(`${rootPath()}/`);
  });
});
