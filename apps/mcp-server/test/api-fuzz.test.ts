import { createServer } from "@ipfs-kit/mcp-server";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";

import { adminToken } from "./support/admin-token.ts";
import { hasSchemathesis, judge } from "./support/schemathesis.ts";
import { formOf } from "./support/multipart.ts";

/** More of these make it longer: see scripts/battery.ts. */
const EXAMPLES = Number(process.env["API_FUZZ_EXAMPLES"] ?? 10);
const PHASES = EXAMPLES > 10 ? (["coverage", "fuzzing"] as const) : (["fuzzing"] as const);
const SEED = Number(process.env["API_FUZZ_SEED"] ?? 1);

/** Of every answer: no 5xx, and nothing the description does not say. */
const ALWAYS = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_headers_conformance",
  "response_schema_conformance",
  "unsupported_method",
  "allow_header_conformance",
];
/** What the description allows is taken, what it forbids is refused, also without a token. */
const STRICT = [...ALWAYS, "positive_data_acceptance", "negative_data_rejection", "ignored_auth"];

/** There is more than one of each, so that the first page has one. */
const pageSchema = z.object({ next_cursor: z.string() });

/** What is there is added again so often: the judge unpins and collects. */
const ADD_AGAIN_MS = 1_000;

describe.skipIf(!hasSchemathesis)("Schemathesis (scripts/build-judges.sh)", () => {
  it.each([
    { what: "the REST API", tag: "!kubo", checks: STRICT },
    { what: "the RPC of Kubo", tag: "kubo", checks: ALWAYS },
  ])("finds nothing about $what that is not as described", { timeout: 7_200_000 }, async (run) => {
    await using server = createServer({ port: 0, isolation: true, rateLimit: 0 });
    await server.start();
    const token = await adminToken(server);
    const headers = { authorization: `Bearer ${token}` };
    const add = async () => {
      const files = { "a.txt": "a", "folder/b.txt": "b".repeat(1_100_000), "folder/c.bin": "c" };
      const answers = [];
      for (const query of ["", "?wrap-with-directory=true"]) {
        const url = `${server.url}/api/v0/add${query}`;
        const answer = await fetch(url, { method: "POST", body: formOf(files), headers });
        answers.push(await answer.text());
      }
      return answers.join("\n").match(/\b(?:bafy|bafk)[a-z2-7]+/g) ?? [];
    };
    const roots = [...new Set(await add())];
    const cursors = [];
    for (const list of ["pins", "metadata"]) {
      const page = await fetch(`${server.url}/api/v0/${list}?limit=1`, { headers });
      cursors.push(pageSchema.parse(await page.json()).next_cursor);
    }
    const addAgain = setInterval(() => void add().catch(() => {}), ADD_AGAIN_MS);
    try {
      const verdict = await judge({
        url: server.url,
        token,
        phases: PHASES,
        examples: EXAMPLES,
        seed: SEED,
        paths: [...roots, `${roots.at(-1)}/a.txt`, `${roots.at(-1)}/folder/c.bin`],
        cursors,
        tag: run.tag,
        checks: run.checks,
      });
      process.stdout.write(`${run.what}: ${verdict.requests} requests\n`);
      expect(verdict.passed ? "" : verdict.text).toBe("");
      expect(verdict.requests).toBeGreaterThan(100);
    } finally {
      clearInterval(addAgain);
    }
  });
});
