import { MAX_ARGUMENT_CHARACTERS, MAX_ARGUMENTS } from "./defaults.ts";
import { badArgument } from "./refusals.ts";

/**
 * The arguments of a call, in the URL: `arg` any number of times, options by name. Options nobody
 * asks for are ignored, as Kubo does.
 */
export class Query {
  readonly #values: URLSearchParams;

  /** @throws HttpError `invalid_request` for arguments without end */
  constructor(values: URLSearchParams) {
    this.#values = values;
    if (values.size > MAX_ARGUMENTS) {
      throw badArgument("arg", `A call has at most ${MAX_ARGUMENTS} arguments.`);
    }
    for (const [name, value] of values) {
      if (value.length > MAX_ARGUMENT_CHARACTERS) {
        throw badArgument(name.slice(0, 64), "An argument of this call is too long.");
      }
    }
  }

  /** Every `arg`. */
  args(): string[] {
    return this.#values.getAll("arg");
  }

  text(name: string): string | undefined {
    const [first, ...more] = this.#values.getAll(name);
    if (more.length === 0) return first;
    throw badArgument(name, `expected key ${name} to have only a single value`);
  }

  /** A switch; without a value it is on, as in Kubo. */
  flag(name: string, otherwise: boolean): boolean {
    return this.optionalFlag(name) ?? otherwise;
  }

  optionalFlag(name: string): boolean | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (TRUE.has(value)) return true;
    if (FALSE.has(value)) return false;
    throw this.#unreadable(name, value, "bool");
  }

  /** A whole number, negative ones included: what is allowed the command says. */
  whole(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const number = /^-?\d{1,19}$/.test(value) ? Number(value) : Number.NaN;
    if (Number.isSafeInteger(number)) return number;
    throw this.#unreadable(name, value, "int");
  }

  #unreadable(name: string, value: string, type: string): Error {
    return badArgument(
      name,
      `could not convert value "${value.slice(0, 64)}" to type "${type}" (for option "-${name}")`,
    );
  }
}

/** As Go reads them. */
const TRUE: ReadonlySet<string> = new Set(["", "1", "t", "T", "true", "TRUE", "True"]);
const FALSE: ReadonlySet<string> = new Set(["0", "f", "F", "false", "FALSE", "False"]);
