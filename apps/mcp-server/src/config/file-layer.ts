import { didYouMean, type Given, type Layer, shown } from "./given.ts";
import { type JsonMember, JsonTextError, plainValue, readJsonText } from "./json-text.ts";
import { flagOf } from "./setting.ts";
import { settingNamed, settingNear } from "./setting-names.ts";

/** Where editors find the schema; says nothing to us. */
const SCHEMA_KEY = "$schema";

/** Reads the text of a configuration file; every fault is told with its line. */
export function readFileText(text: string, path: string): Layer {
  const faults: string[] = [];
  const given = new Map<string, Given>();
  for (const { key, node, line } of readMembers(text, path, faults)) {
    if (key === SCHEMA_KEY) continue;
    const setting = settingNamed(key);
    const place = `${path}:${line}:`;
    if (setting === undefined) {
      const near = settingNear(key);
      faults.push(`${place} there is no setting ${shown(key)}${didYouMean(near?.name)}`);
    } else if (setting.outsideFile === true) {
      faults.push(`${place} ${key} cannot stand in a file: give ${flagOf(setting)}.`);
    } else if (given.has(key)) {
      faults.push(`${place} ${key} is given twice: keep one.`);
    } else {
      const raw = plainValue(node);
      given.set(key, {
        origin: { from: "file", source: `${place} ${key}` },
        raw,
        read: (kind) => kind.readJson(raw),
      });
    }
  }
  return { given, faults, warnings: [] };
}

function readMembers(text: string, path: string, faults: string[]): JsonMember[] {
  try {
    const node = readJsonText(text);
    if ("members" in node) return node.members;
    faults.push(`${path}:${node.line}: a configuration is one object: {"port": 8000}.`);
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    const { line, column } = error.place;
    faults.push(`${path}:${line}:${column}: this is no JSON: ${error.message}.`);
  }
  return [];
}
