import type { CommandContext } from "./command.ts";
import { fieldAt, listAt, numberAt, textAt } from "./json-fields.ts";
import { offered } from "./server-facts.ts";

export interface RowsInit {
  /** Below `/api/v0/`. */
  path: string;
  /** The field of the answer that holds the rows. */
  field: string;
  /** What they are, for a server that has none of it. */
  what: string;
  /** The fields people see, in order. */
  columns: readonly string[];
}

/**
 * Prints a list of the server, one row each. Objects with `--json` are as the server sent them.
 *
 * @throws IpfsKitError `not_supported` when the server has no such list
 */
export async function printRows(
  { path, field, what, columns }: RowsInit,
  context: CommandContext,
): Promise<void> {
  const { server, output, signal } = context;
  let cursor: string | undefined;
  do {
    const query = { cursor };
    const page = await offered(context, what, async () => server.json(path, { query, signal }));
    for (const row of listAt(page, field)) {
      const cells = columns.map((name) => cellOf(row, name)).filter((cell) => cell !== "");
      await output.result({ ...Object(row) }, cells.join("  "));
    }
    cursor = textAt(page, "next_cursor");
  } while (cursor !== undefined);
}

function cellOf(row: unknown, name: string): string {
  const number = numberAt(row, name);
  if (number !== undefined) return `${name} ${number}`;
  const value = fieldAt(row, name);
  return typeof value === "string" ? value : "";
}
