import type { Call } from "./command.ts";
import { badArgument } from "./refusals.ts";

/** The one argument of a call. @throws HttpError `invalid_request` when there is none, or several */
export async function oneArgument({ args }: Pick<Call, "args">, name: string): Promise<string> {
  const [first = "", ...more] = await args(name);
  if (more.length === 0) return first;
  throw badArgument("arg", `argument "${name}" is given once, not ${more.length + 1} times`);
}
