import { type ErrorCode } from "@ipfs-kit/core";
import { HTTP_STATUS } from "@ipfs-kit/core/wire";

import { ERROR_PAGES } from "./error-pages.ts";
import { exitCodeOf, MENDERS } from "./error-view.ts";

/** The page of a code in `docs/errors/`. */
export function errorMarkdown(code: ErrorCode): string {
  const { meaning, mender, also, remedies } = ERROR_PAGES[code];
  return `# ${code}

${meaning}

- **HTTP status:** ${HTTP_STATUS[code]}${also === undefined ? "" : `; ${also}`}
- **Exit code of a command:** ${exitCodeOf(code)}
- **Who can mend it:** ${MENDERS[mender]}
- **\`type\` of the problem:** \`urn:ipfs-kit:error:${code}\`

## What to do

${remedies.map((remedy) => `- ${remedy}`).join("\n")}
`;
}
