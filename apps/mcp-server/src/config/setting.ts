import type { Kind } from "./kinds.ts";

/** The headings of the help text and of the page about configuration, in their order. */
export const SECTIONS = [
  "Listeners",
  "Content",
  "Access",
  "Limits",
  "Log",
  "Running",
  "Monitoring",
] as const;

type Section = (typeof SECTIONS)[number];

/** Gives the value another setting has, by its name; `undefined` when it has none. */
type ValueOf = (name: string) => unknown;

/** What a setting is under `isolation`, which wants no folder and no daemon of anybody. */
interface InIsolation {
  /** Why the two exclude each other: one clause. */
  why: string;
  /** Values that go well with isolation. @default none does */
  allows?(value: unknown): boolean;
}

/** Everything there is to know of one thing an operator can set. */
export interface Setting<T> {
  /** Its key in the file, e.g. `gateway_port`; flag and variable follow from it. */
  name: string;
  kind: Kind<T>;
  section: Section;
  /** What it does; in one or two sentences, with unit, without its default. */
  help: string;
  /** What it is when nobody says anything. @default nothing */
  fallback?: T;
  /** The same, where it depends on other settings or on the machine. */
  derive?(valueOf: ValueOf, env: Readonly<Record<string, string | undefined>>): T | undefined;
  /** The default in words, where {@link fallback} does not say it. */
  defaultText?: string;
  /** Changes while the server runs, after SIGHUP. @default false */
  live?: boolean;
  /** What it belongs to and that is not built yet; until then it is checked and has no effect. */
  awaits?: string;
  inIsolation?: InIsolation;
  /** Never printed, neither by `config print` nor in a message. @default false */
  secret?: boolean;
  /** Cannot stand in a configuration file. @default false */
  outsideFile?: boolean;
}

/** `--gateway-port` */
export function flagOf({ name }: Pick<Setting<unknown>, "name">): string {
  return `--${name.replaceAll("_", "-")}`;
}

/** `IPFS_KIT_GATEWAY_PORT` */
export function variableOf({ name }: Pick<Setting<unknown>, "name">): string {
  return `IPFS_KIT_${name.toUpperCase()}`;
}
