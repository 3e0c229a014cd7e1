import type { Call } from "./command.ts";
import { badArgument } from "./rpc-error.ts";

/** The one argument of a call. @throws RpcError `invalid_request` when there is none, or several */
export async function oneArgument({ args }: Pick<Call, "args">, name: string): Promise<string> {
  const [first = "", ...more] = await args(name);
  if (more.length === 0) return first;
  throw badArgument("arg", `argument "${name}" is given once, not ${more.length + 1} times`);
}
