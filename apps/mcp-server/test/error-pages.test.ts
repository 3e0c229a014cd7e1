import { readdir } from "node:fs/promises";

import { ERROR_CODES, IpfsKitError } from "@ipfs-kit/core";
import { HTTP_STATUS } from "@ipfs-kit/core/wire";
import { describe, expect, it } from "vitest";

import { commandExitOf } from "../src/commands/command-exit.ts";
import { errorMarkdown } from "../src/reference/error-markdown.ts";

const FOLDER = new URL("../../../docs/errors/", import.meta.url);

describe("docs/errors", () => {
  it("has exactly one page for each code, and an overview", async () => {
    const files = await readdir(FOLDER);
    expect(files.toSorted()).toEqual(
      [...ERROR_CODES.map((code) => `${code}.md`), "README.md"].toSorted(),
    );
  });

  // `vitest run apps/mcp-server/test/error-pages.test.ts --update` writes them anew.
  it.each(ERROR_CODES)("says of %s what the code says", async (code) => {
    const page = errorMarkdown(code);
    await expect(page).toMatchFileSnapshot(new URL(`${code}.md`, FOLDER).pathname);
    expect(page).toContain(`**HTTP status:** ${HTTP_STATUS[code]}`);
    const exit = commandExitOf(new IpfsKitError(code, ""));
    expect(page).toContain(`**Exit code of a command:** ${exit}\n`);
  });

  it("blames no caller with a status of the server", () => {
    const blamed = ERROR_CODES.filter((code) => errorMarkdown(code).includes("Whoever asked."));
    expect(blamed.filter((code) => HTTP_STATUS[code] >= 500)).toEqual([]);
  });
});
