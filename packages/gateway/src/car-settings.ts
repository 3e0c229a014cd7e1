import type { DagScope, WalkOptions } from "@ipfs-kit/unixfs";

import { HttpError } from "./http-error.ts";

/** Which blocks a CAR shall have, and how they are laid out. */
export interface CarSettings {
  scope: DagScope;
  entityBytes?: NonNullable<WalkOptions["entityBytes"]>;
  duplicates: boolean;
}

const SCOPES: readonly DagScope[] = ["block", "entity", "all"];

/**
 * Reads the parameters of a CAR request; those of the URL go before those of `Accept` (IPIP-523).
 * Blocks always come in depth-first order, so `order=unk` is given more than it asks for.
 *
 * @throws HttpError 400 for what is not to be had
 */
export function carSettings(
  params: ReadonlyMap<string, string>,
  query: URLSearchParams,
): CarSettings {
  const given = (name: string) => query.get(`car-${name}`) || params.get(name) || undefined;
  expectOneOf("CAR version", given("version"), ["1"]);
  expectOneOf("order", given("order"), ["dfs", "unk"]);
  const duplicates = expectOneOf("dups", given("dups"), ["y", "n"]) === "y";
  const asked = expectOneOf("dag-scope", query.get("dag-scope") ?? undefined, SCOPES);
  const bytes = query.get("entity-bytes");
  if (bytes === null) return { scope: asked ?? "all", duplicates };
  const entityBytes = parseEntityBytes(bytes);
  // The range of an entity: with another scope it has nothing to say.
  return asked === undefined || asked === "entity"
    ? { scope: "entity", entityBytes, duplicates }
    : { scope: asked, duplicates };
}

function expectOneOf<T extends string>(
  what: string,
  value: string | undefined,
  allowed: readonly T[],
): T | undefined {
  if (value === undefined) return undefined;
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw refused(`${what} must be ${allowed.join(" or ")}`);
  return found;
}

function parseEntityBytes(text: string): NonNullable<WalkOptions["entityBytes"]> {
  const [, first = "", last = ""] = /^(-?\d{1,16}):(-?\d{1,16}|\*)$/.exec(text) ?? [];
  const from = Number(first);
  const to = last === "*" ? last : Number(last);
  const isRange =
    first !== "" && Number.isSafeInteger(from) && (to === "*" || Number.isSafeInteger(to));
  const isBackwards = to !== "*" && from >= 0 === to >= 0 && from > to;
  if (!isRange || isBackwards) throw refused("entity-bytes must be from:to, e.g. 0:1023, -5:*");
  return { from, to };
}

function refused(why: string): HttpError {
  return new HttpError("invalid_request", `No such CAR can be had: ${why}.`);
}
