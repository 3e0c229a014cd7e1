import { defaultText } from "./serve-flags.ts";
import { flagOf, type Setting, variableOf } from "./setting.ts";
import { ALL_SETTINGS } from "./setting-names.ts";

/** JSON Schema (2020-12) of a configuration file, for editors and for those who write one. */
export function configSchema(): Readonly<Record<string, unknown>> {
  const settings = ALL_SETTINGS.filter(({ outsideFile }) => outsideFile !== true);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Configuration of an IPFS Kit server",
    type: "object",
    properties: {
      $schema: { type: "string", description: "Where editors find this schema." },
      ...Object.fromEntries(settings.map((setting) => [setting.name, propertyOf(setting)])),
    },
    additionalProperties: false,
  };
}

function propertyOf(setting: Setting<unknown>): Record<string, unknown> {
  const { kind, help, fallback, awaits } = setting;
  const words = fallback === undefined ? defaultText(setting) : "";
  const also = `As a flag ${flagOf(setting)}, as a variable ${variableOf(setting)}.`;
  return {
    ...kind.schema,
    description: [
      help,
      ...(words === "" ? [] : [`Default ${words}.`]),
      ...(awaits === undefined ? [] : [`No effect yet: a later version brings ${awaits}.`]),
      also,
    ].join(" "),
    ...(fallback === undefined ? {} : { default: kind.toJson(fallback) }),
  };
}
