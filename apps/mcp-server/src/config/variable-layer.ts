import { didYouMean, type Given, type Layer, shown } from "./given.ts";
import { variableOf } from "./setting.ts";
import { settingNamed, settingNear } from "./setting-names.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = "IPFS_KIT_";
/** Kubernetes sets `IPFS_KIT_PORT=tcp://…` in pods beside a service called `ipfs-kit`, … */
const SERVICE_LINK = /^(?:tcp|udp|sctp):\/\//;
/** … and these with it. */
const SERVICE_VARIABLE =
  /^(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;
/** Of the commands that talk to a server. */
const OF_COMMANDS: ReadonlySet<string> = new Set(["SERVER", "TOKEN", "PROFILE"]);

/** Reads the variables `IPFS_KIT_…`. An empty one is not set. */
export function readVariables(env: Environment): Layer {
  const given = new Map<string, Given>();
  const warnings: string[] = [];
  for (const [variable, text = ""] of Object.entries(env)) {
    if (!variable.startsWith(PREFIX) || text === "" || SERVICE_LINK.test(text)) continue;
    const rest = variable.slice(PREFIX.length);
    if (SERVICE_VARIABLE.test(rest) || OF_COMMANDS.has(rest)) continue;
    const setting = settingNamed(rest.toLowerCase());
    if (setting === undefined || variableOf(setting) !== variable) {
      const near = settingNear(rest);
      warnings.push(
        `The variable ${shown(variable)} sets nothing${didYouMean(near && variableOf(near))}`,
      );
      continue;
    }
    given.set(setting.name, {
      origin: { from: "variable", source: variable },
      raw: text,
      read: (kind) => kind.readTexts([text]),
    });
  }
  return { given, faults: [], warnings };
}
