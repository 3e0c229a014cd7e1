import { type Given, type Layer, type Origin, refusalLine } from "./given.ts";
import type { Setting } from "./setting.ts";
import { ALL_SETTINGS, settingNamed } from "./setting-names.ts";
import { SETTINGS } from "./settings.ts";
import type { Environment } from "./variable-layer.ts";

/** A value, and who said so. */
export interface Resolved<T> {
  /** `undefined` when there is none, not even by default. */
  value: T | undefined;
  origin: Origin;
}

const DEFAULT: Origin = { from: "default", source: "" };

/** What all layers together say: of each setting the strongest word. */
export class Resolution {
  /** The strongest first. */
  readonly #layers: readonly Layer[];
  readonly #env: Environment;

  constructor(layers: readonly Layer[], env: Environment) {
    this.#layers = layers;
    this.#env = env;
  }

  /** A value that is not allowed counts as not given; {@link faults} tells of it. */
  get<T>(setting: Setting<T>): Resolved<T> {
    for (const [strength, { given }] of this.#layers.entries()) {
      const each = given.get(setting.name);
      const result = each?.read(setting.kind);
      if (each === undefined || result === undefined || !("value" in result)) continue;
      if (this.#isHidden(setting, result.value, strength)) continue;
      return { value: result.value, origin: each.origin };
    }
    const { fallback } = setting;
    const value = fallback ?? setting.derive?.((name) => this.#valueOf(name), this.#env);
    return { value, origin: DEFAULT };
  }

  /** Everything that is wrong, one line each; those of the command line first. */
  faults(): string[] {
    return this.#layers
      .flatMap(({ given, faults }, strength) => [
        ...faults,
        ...Array.from(given, ([name, each]) => this.#faultOf(name, each, strength)),
      ])
      .filter((line) => line !== undefined);
  }

  /** What is odd, and what has no effect yet; one line each. */
  warnings(): string[] {
    const idle = ALL_SETTINGS.flatMap((setting) => {
      const { value, origin } = this.get(setting);
      const isMeant = setting.awaits !== undefined && origin.from !== "default" && value !== false;
      return isMeant
        ? [`${origin.source} has no effect yet: a later version brings ${setting.awaits}.`]
        : [];
    });
    return [...this.#layers.flatMap(({ warnings }) => warnings), ...idle];
  }

  #valueOf(name: string): unknown {
    const setting = settingNamed(name);
    if (setting === undefined) throw new TypeError(`A default looks at ${name}, which is none.`);
    return this.get(setting).value;
  }

  #faultOf(name: string, each: Given, strength: number): string | undefined {
    const setting = settingNamed(name);
    if (setting === undefined) return undefined;
    const result = each.read(setting.kind);
    if (!("value" in result)) return refusalLine(each, result, setting);
    const { inIsolation } = setting;
    const { strength: isolation, source } = this.#isolation();
    // What is weaker is hidden instead, as a flag hides a variable.
    if (inIsolation === undefined || isolation === undefined || strength > isolation)
      return undefined;
    if (inIsolation.allows?.(result.value) === true) return undefined;
    return `${each.origin.source} ${JSON.stringify(result.value)} and ${source} exclude each other: ${inIsolation.why}.`;
  }

  #isHidden({ inIsolation }: Setting<unknown>, value: unknown, strength: number): boolean {
    if (inIsolation === undefined || inIsolation.allows?.(value) === true) return false;
    const { strength: isolation } = this.#isolation();
    return isolation !== undefined && strength > isolation;
  }

  /** Who asks for isolation; nothing when nobody does. */
  #isolation(): { strength?: number; source?: string } {
    const { value, origin } = this.get(SETTINGS.isolation);
    if (value !== true) return {};
    const strength = this.#layers.findIndex(
      ({ given }) => given.get(SETTINGS.isolation.name)?.origin === origin,
    );
    return { strength, source: origin.source };
  }
}
