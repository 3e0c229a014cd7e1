import { ERROR_CODES, type ErrorCode, IpfsKitError } from "@ipfs-kit/core";
import { HTTP_STATUS } from "@ipfs-kit/core/wire";

import { commandExitOf } from "../commands/command-exit.ts";
import { ERROR_PAGES, type Mender } from "./error-pages.ts";
import { html, inline } from "./html.ts";
import { page } from "./page.ts";

/** Who can mend it, as a sentence. */
export const MENDERS: Readonly<Record<Mender, string>> = {
  caller: "Whoever asked.",
  content: "Whoever made or added the content.",
  "far end": "The viewer at the far end of the connection.",
  operator: "Whoever runs the server.",
  nobody: "Nobody in particular: it may pass by itself.",
  maintainers: "Those who make IPFS Kit.",
};

/** The page of one code. */
export function errorPage(code: ErrorCode): string {
  const { meaning, mender, also, remedies } = ERROR_PAGES[code];
  return page({
    title: `${code} · IPFS Kit`,
    up: "../",
    main: html`<p><a href="./">All errors</a></p>
      <h1><code>${code}</code></h1>
      <p>${inline(meaning)}</p>
      <dl>
        <dt>HTTP status</dt>
        <dd>${HTTP_STATUS[code]}${also === undefined ? undefined : html`; ${inline(also)}`}</dd>
        <dt>Exit code of a command</dt>
        <dd>${exitCodeOf(code)}</dd>
        <dt>Who can mend it</dt>
        <dd>${MENDERS[mender]}</dd>
        <dt><code>type</code></dt>
        <dd><code>urn:ipfs-kit:error:${code}</code></dd>
      </dl>
      <h2>What to do</h2>
      <ul>
        ${remedies.map((remedy) => html`<li>${inline(remedy)}</li>`)}
      </ul>`,
  });
}

/** All codes on one page. */
export function errorList(): string {
  const rows = ERROR_CODES.map(
    (code) =>
      html`<tr>
        <th scope="row">
          <a href="${code}"><code>${code}</code></a>
        </th>
        <td>${HTTP_STATUS[code]}</td>
        <td>${exitCodeOf(code)}</td>
        <td>${inline(ERROR_PAGES[code].meaning)}</td>
      </tr>`,
  );
  return page({
    title: "Errors · IPFS Kit",
    up: "../",
    main: html`<p><a href="../">API reference</a></p>
      <h1>Errors</h1>
      <p>
        The list is closed: programs may switch over it. The same codes are in problems of the HTTP
        API, in messages of the WebSocket and in what commands say with <code>--json</code>.
      </p>
      <div class="wide">
        <table>
          <thead>
            <tr>
              <th scope="col">code</th>
              <th scope="col">HTTP status</th>
              <th scope="col">exit code</th>
              <th scope="col">meaning</th>
            </tr>
          </thead>
          <tbody>
            ${rows}
          </tbody>
        </table>
      </div>`,
  });
}

/** With what a command of `ipfs-kit` ends that fails with this code. */
export function exitCodeOf(code: ErrorCode): number {
  return commandExitOf(new IpfsKitError(code, ""));
}
