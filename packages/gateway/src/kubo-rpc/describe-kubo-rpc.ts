import type { CommandDescription } from "./command-description.ts";
import { commandTable } from "./command-table.ts";

/** A command as the API description shows it. */
export interface DescribedCommand extends CommandDescription {
  /** Below `/api/v0/`, e.g. `pin/add`. */
  path: string;
  /** It changes what is stored or kept. */
  changes: boolean;
}

/** Every command this server does, made from the table by which it serves them. */
export function describeKuboRpc(): DescribedCommand[] {
  return Array.from(commandTable({}), ([path, { about, changes = false }]) =>
    Object.assign({ path, changes }, about),
  );
}
