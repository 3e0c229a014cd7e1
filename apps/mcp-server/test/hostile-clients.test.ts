import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { openClient, readToEnd, statusesIn } from "./support/raw-clients.ts";
import { assertUnharmed, endCleanly, type Exposed, startExposed } from "./support/unharmed.ts";

const run = promisify(execFile);

let exposed: Exposed;
let url: string;
let port: number;

beforeAll(async () => {
  exposed = await startExposed();
  ({ url, port } = exposed);
});
afterAll(async () => endCleanly(exposed));
// Whatever was done to it.
afterEach(async () => assertUnharmed(exposed), 30_000);

const host = () => `Host: 127.0.0.1:${port}\r\n`;
const head = (lines: string) => `POST /api/v0/version HTTP/1.1\r\n${host()}${lines}\r\n`;
/** What somebody would like to have answered as a request of another. */
const smuggled = () => `GET /api/v0/health HTTP/1.1\r\n${host()}Connection: close\r\n\r\n`;

const get = (target: string) => `GET ${target} HTTP/1.1\r\n${host()}Connection: close\r\n\r\n`;
/** So many headers, as short as they can be. */
const many = (count: number) => "a:\r\n".repeat(count);

/** The statuses of all that is answered to these bytes, after which the client sends nothing more. */
async function statusesOf(bytes: string): Promise<number[]> {
  const socket = await openClient(port);
  socket.write(Buffer.from(bytes, "latin1"));
  return statusesIn(await readToEnd(socket));
}

describe("where two would disagree about the end of a request", () => {
  it.each([
    ["a length and chunks", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"],
    ["chunks and a length", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"],
    ["two lengths", "Content-Length: 0\r\nContent-Length: 5\r\n", ""],
    ["the same length twice", "Content-Length: 5\r\nContent-Length: 5\r\n", "hello"],
    ["two lengths in one", "Content-Length: 0, 5\r\n", ""],
    ["a length with a sign", "Content-Length: +0\r\n", ""],
    ["a negative length", "Content-Length: -1\r\n", ""],
    ["a hexadecimal length", "Content-Length: 0x0\r\n", ""],
    ["a length with a space in it", "Content-Length: 0 0\r\n", ""],
    ["a length beyond 64 bits", "Content-Length: 99999999999999999999\r\n", ""],
    ["chunks not last", "Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"],
    ["chunks twice", "Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"],
    ["a space before the colon", "Transfer-Encoding : chunked\r\n", "0\r\n\r\n"],
    ["a folded header", "Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"],
    ["a header that is folded away", "X: a\r\n Content-Length: 5\r\n", "hello"],
    ["a lone CR in a header", "X: a\rContent-Length: 5\r\n", "hello"],
    ["a lone LF after a header", "X: a\nContent-Length: 5\r\n", "hello"],
    ["a NUL in a header", "X: a\0b\r\n", ""],
    ["a NUL in the name of one", "X\0: a\r\n", ""],
    ["a header without a name", ": a\r\n", ""],
    ["a header without a colon", "Content-Length 5\r\n", "hello"],
  ])("%s: one refusal, and what follows is not read", async (_what, lines, body) => {
    expect(await statusesOf(head(lines) + body + smuggled())).toEqual([400]);
  });

  it.each([
    ["of another name", "xchunked"],
    ["that are none", "identity"],
    ["in quotes", '"chunked"'],
  ])("chunks %s: refused or cut, and what follows is not read", async (_what, name) => {
    // Node tells of these only after it has told of the request.
    const statuses = await statusesOf(
      `${head(`Transfer-Encoding: ${name}\r\n`)}0\r\n\r\n${smuggled()}`,
    );
    expect(statuses.length).toBeLessThanOrEqual(1);
    expect(statuses.every((status) => status >= 400 && status < 500)).toBe(true);
  });

  it.each([
    ["a size that is no number", "x\r\nhello\r\n0\r\n\r\n"],
    ["a size with a prefix", "0x5\r\nhello\r\n0\r\n\r\n"],
    ["a size with a sign", "+5\r\nhello\r\n0\r\n\r\n"],
    ["a size beyond 64 bits", "fffffffffffffffff\r\nhello\r\n0\r\n\r\n"],
    ["more bytes than its size", "3\r\nhello\r\n0\r\n\r\n"],
    ["a lone LF after its size", "5\nhello\r\n0\r\n\r\n"],
    ["a lone LF after its bytes", "5\r\nhello\n0\r\n\r\n"],
    ["endless extensions", `5;${"x".repeat(100_000)}\r\nhello\r\n0\r\n\r\n`],
  ])("a chunk with %s is no success, and what follows is not read", async (_what, chunks) => {
    const upload = `POST /api/v0/add HTTP/1.1\r\n${host()}Content-Type: multipart/form-data; boundary=x\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const statuses = await statusesOf(upload + chunks + smuggled());
    // The connection may be cut before the refusal is out, if the answer had begun.
    expect(statuses.length).toBeLessThanOrEqual(1);
    expect(statuses.every((status) => status >= 400 && status < 500)).toBe(true);
  });

  it.each([
    ["lines that end with LF alone", () => smuggled().replaceAll("\r\n", "\n")],
    ["lines that end with CR alone", () => smuggled().replaceAll("\r\n", "\r")],
    ["a version nobody speaks", () => smuggled().replace("HTTP/1.1", "HTTP/9.9")],
    ["a space before the first header", () => smuggled().replace("Host", " Host")],
    ["a NUL in the target", () => smuggled().replace("/health", "/health\0")],
    ["a target of another kind", () => smuggled().replace("/api/v0/health", `127.0.0.1:${port}`)],
    ["the preface of HTTP/2", () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["a hello of TLS", () => "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
  ])("a request with %s is refused", async (_what, bytes) => {
    expect(await statusesOf(bytes())).toEqual([400]);
  });
});

describe("a request with thousands of headers", () => {
  it("is answered while it fits", async () => {
    const request = `GET /livez HTTP/1.1\r\n${host()}Connection: close\r\n${many(900)}\r\n`;
    expect(await statusesOf(request)).toEqual([200]);
  });

  it.each([
    ["another Host", "Host: evil.example\r\n", 403],
    ["a page of another origin", "Origin: https://evil.example\r\n", 403],
    ["a header of Object.prototype", "__proto__: x\r\nconstructor: y\r\n", 200],
  ])("hides nothing behind them: %s", async (_what, last, status) => {
    const first = `GET /livez HTTP/1.1\r\n${host()}Connection: close\r\n`;
    expect(await statusesOf(`${first}${many(900)}${last}\r\n`)).toEqual([status]);
  });

  it("is refused when it does not fit", async () => {
    const request = `GET /livez HTTP/1.1\r\n${host()}${many(2_000)}\r\n`;
    expect(await statusesOf(request)).toEqual([431]);
  });
});

describe("a target that is more than a path", () => {
  it.each([
    ["us in full", () => `http://127.0.0.1:${port}/livez`, 200],
    ["us with a user", () => `http://a:b@127.0.0.1:${port}/livez`, 403],
    ["another host", () => "http://evil.example/livez", 403],
    ["us by another scheme", () => `https://127.0.0.1:${port}/livez`, 403],
    ["a host without a scheme", () => "//evil.example/livez", 404],
    ["a long path", () => `/${"x".repeat(8_000)}`, 404],
    ["a path that is too long", () => `/${"x".repeat(80_000)}`, 431],
    ["a NUL in escapes", () => "/livez%00", 404],
  ])("names %s", async (_what, target, status) => {
    const statuses = await statusesOf(get(target()));
    expect(statuses).toEqual([status]);
  });

  it("is an answer or an end at once when it asks for a tunnel", async () => {
    const statuses = await statusesOf(`CONNECT 127.0.0.1:22 HTTP/1.1\r\n${host()}\r\n`);
    expect(statuses.every((status) => status >= 400 && status < 500)).toBe(true);
  });
});

describe("an offer to speak something else", () => {
  it.each(["h2c", "foo", "TLS/1.0, HTTP/1.1", "websocket2", ""])(
    "Upgrade: %s is answered at once",
    async (upgrade) => {
      const offer = `Connection: close, Upgrade\r\nUpgrade: ${upgrade}\r\n`;
      const request = `GET /livez HTTP/1.1\r\n${host()}${offer}\r\n`;
      expect(await statusesOf(request)).toEqual([200]);
    },
  );

  const hasCurl = isThere("curl");

  it.skipIf(!hasCurl)("curl that would like HTTP/2 gets HTTP/1.1", async () => {
    const shown = ["-sS", "-m", "15", "-o", "/dev/null", "-w", "%{http_code} %{http_version}"];
    const { stdout } = await run("curl", [...shown, "--http2", `${url}/livez`]);
    expect(stdout).toBe("200 1.1");
  });

  it.skipIf(!hasCurl)("curl that insists on HTTP/2 is refused, not left waiting", async () => {
    const insisting = run("curl", ["-sS", "-m", "15", "--http2-prior-knowledge", `${url}/livez`]);
    const failure = await insisting.catch((error: unknown) => error);
    // 28 would be that it ran out of time.
    expect(failure).toEqual(expect.objectContaining({ code: expect.any(Number) }));
    expect(failure).not.toEqual(expect.objectContaining({ code: 28 }));
  });
});

function isThere(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    console.warn(`No ${program} found: some tests are skipped.`);
    return false;
  }
}
