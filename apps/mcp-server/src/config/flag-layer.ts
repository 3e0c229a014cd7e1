import { parseArgs } from "node:util";

import { didYouMean, flagOrigin, type Given, type Layer, shown } from "./given.ts";
import { flagOf, type Setting } from "./setting.ts";
import { ALL_SETTINGS, settingNamed, settingNear } from "./setting-names.ts";

const OPTIONS = Object.fromEntries(
  ALL_SETTINGS.map((setting) => [flagOf(setting).slice(2), { type: setting.kind.type }]),
);

/** Reads the command line: what follows `serve`. */
export function readFlags(args: readonly string[]): Layer {
  const { tokens } = parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true });
  const texts = new Map<Setting<unknown>, string[]>();
  const faults: string[] = [];
  let lastUnknown = Number.NaN;
  for (const token of tokens) {
    // What follows an unknown flag is most likely its value.
    if (token.kind === "positional" && token.index !== lastUnknown + 1) {
      faults.push(
        `The argument ${shown(token.value)} belongs to no flag: see ipfs-kit serve --help.`,
      );
    }
    if (token.kind !== "option") continue;
    const setting = settingOf(token.name);
    if (setting === undefined) {
      faults.push(unknownFlag(token.name, token.rawName));
      lastUnknown = token.inlineValue === true ? Number.NaN : token.index;
      continue;
    }
    const text = token.value ?? (setting.kind.type === "boolean" ? "true" : "");
    const swallowedFlag = token.inlineValue === false && text.startsWith("--");
    if (text === "" || swallowedFlag) {
      faults.push(`${flagOf(setting)} needs a value: ${setting.kind.allowed}.`);
      continue;
    }
    texts.set(setting, [...(texts.get(setting) ?? []), text]);
  }
  const given = new Map(
    Array.from(texts, ([setting, all]): [string, Given] => [
      setting.name,
      { origin: flagOrigin(setting), raw: all.at(-1), read: (kind) => kind.readTexts(all) },
    ]),
  );
  return { given, faults, warnings: [] };
}

/** Flags have no underscores; `--gateway_port` is a slip like any other. */
function settingOf(flag: string): Setting<unknown> | undefined {
  return flag.includes("_") ? undefined : settingNamed(flag.replaceAll("-", "_"));
}

function unknownFlag(name: string, rawName: string): string {
  const near = settingNear(name);
  return `There is no flag ${shown(rawName)}${didYouMean(near && flagOf(near))}`;
}
