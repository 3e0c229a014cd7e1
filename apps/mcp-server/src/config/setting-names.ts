import { nearestOf } from "../nearest.ts";
import { LATER_SETTINGS } from "./later-settings.ts";
import { SECTIONS, type Setting } from "./setting.ts";
import { SETTINGS } from "./settings.ts";

/** Every setting, those of one section together. */
export const ALL_SETTINGS: readonly Setting<unknown>[] = SECTIONS.flatMap((section) =>
  [...Object.values<Setting<unknown>>(SETTINGS), ...LATER_SETTINGS].filter(
    (setting) => setting.section === section,
  ),
);

const BY_NAME: ReadonlyMap<string, Setting<unknown>> = new Map(
  ALL_SETTINGS.map((setting) => [setting.name, setting]),
);

export function settingNamed(name: string): Setting<unknown> | undefined {
  return BY_NAME.get(name);
}

/** The setting somebody probably meant, whatever they put between its words. */
export function settingNear(name: string): Setting<unknown> | undefined {
  const words = name
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .replaceAll("-", "_")
    .toLowerCase();
  const near = nearestOf(words, BY_NAME.keys());
  return near === undefined ? undefined : BY_NAME.get(near);
}
