import { parseArgs } from "node:util";

import { shown } from "../config/given.ts";
import { switchKind } from "../config/kinds.ts";
import { nearestOf } from "../nearest.ts";
import type { Command, CommandFlag, CommandInput } from "./command.ts";
import { UsageError } from "./command-exit.ts";
import { flagsOf } from "./common-flags.ts";

/**
 * Reads what follows the name of a command.
 *
 * @throws UsageError naming the flag and what is allowed
 */
export function readInput(command: Command, args: readonly string[]): CommandInput {
  const flags = flagsOf(command);
  const options = Object.fromEntries(
    Array.from(flags, ([name, { type, short }]) => [
      name,
      { type, ...(short !== undefined && { short }) },
    ]),
  );
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const flag = flags.get(token.name);
    if (flag === undefined) throw unknownFlag(token.rawName, flags);
    const value = valueOf(token.name, flag, token);
    values.set(token.name, [...(values.get(token.name) ?? []), value]);
  }
  const texts = (name: string) => values.get(name) ?? [];
  return {
    arguments: positionals,
    text: (name) => texts(name).at(-1),
    texts,
    isOn: (name) => texts(name).at(-1) === "true",
  };
}

/** @throws UsageError when there are more or fewer than the command takes */
export function checkCount({ count }: Command, input: CommandInput, usage: string): void {
  const { min, max = Infinity } = count ?? { min: 0 };
  const given = input.arguments.length;
  if (given >= min && given <= max) return;
  const surplus = given > max ? `${shown(input.arguments[max] ?? "")} is too much. ` : "";
  throw new UsageError(`${surplus}It is used as ${usage}.`);
}

/** A whole number in a range, of a flag that has one. @throws UsageError */
export function wholeNumberIn(
  input: CommandInput,
  name: string,
  { min, max }: { min: number; max: number },
): number | undefined {
  const text = input.text(name);
  if (text === undefined) return undefined;
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new UsageError(`--${name} ${shown(text)} is not a whole number from ${min} to ${max}.`);
}

function valueOf(
  name: string,
  { type, value: kind = "<text>", choices }: CommandFlag,
  { value, inlineValue }: { value?: string | undefined; inlineValue?: boolean | undefined },
): string {
  if (type === "boolean") {
    const result = switchKind.readTexts([value ?? "true"]);
    if ("value" in result) return String(result.value);
    throw new UsageError(`--${name} ${shown(value ?? "")} is not allowed: ${result.allowed}.`);
  }
  const isFlag = inlineValue === false && value !== undefined && /^-./.test(value);
  if (value === undefined || value === "" || isFlag) {
    const write = isFlag ? `; one that begins with a dash is written --${name}=${kind}` : "";
    throw new UsageError(`--${name} needs a value: ${kind}${write}.`);
  }
  if (choices === undefined || choices.includes(value)) return value;
  const near = nearestOf(value, choices);
  const guess = near === undefined ? "" : ` (did you mean ${near}?)`;
  throw new UsageError(`--${name} ${shown(value)} is not one of ${choices.join(", ")}${guess}.`);
}

function unknownFlag(raw: string, flags: ReadonlyMap<string, CommandFlag>): UsageError {
  const near = nearestOf(raw.replace(/^-+/, ""), flags.keys());
  const guess = near === undefined ? `use ${allOf(flags)}.` : `did you mean --${near}?`;
  return new UsageError(`There is no flag ${shown(raw)}: ${guess}`);
}

function allOf(flags: ReadonlyMap<string, CommandFlag>): string {
  return Array.from(flags.keys(), (name) => `--${name}`).join(", ");
}
