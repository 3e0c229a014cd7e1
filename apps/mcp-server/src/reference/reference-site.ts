import { ERROR_CODES } from "@ipfs-kit/core";

import type { AsyncApiDocument } from "../asyncapi/document.ts";
import type { OpenApiDocument } from "../openapi/document.ts";
import { type StaticFile, staticFile } from "../static-files.ts";
import { errorList, errorPage } from "./error-view.ts";
import { referencePage } from "./reference-page.ts";
import { STYLE } from "./style.ts";

/** Every file below `/reference/`, by its path there. Pages of errors have no ending in their path. */
export function referenceSite(
  api: OpenApiDocument,
  sockets: AsyncApiDocument,
): ReadonlyMap<string, StaticFile> {
  const pages = new Map([
    ["index.html", referencePage(api, sockets)],
    ["errors/index.html", errorList()],
  ]);
  const site = new Map([["style.css", fileOf("style.css", STYLE)]]);
  for (const [path, text] of pages) site.set(path, fileOf(path, text));
  for (const code of ERROR_CODES) site.set(`errors/${code}`, fileOf("page.html", errorPage(code)));
  return site;
}

function fileOf(name: string, text: string): StaticFile {
  return staticFile(name, new TextEncoder().encode(text));
}
