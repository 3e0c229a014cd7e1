import type { Reply } from "../command.ts";

export interface Agent {
  name: string;
  version: string;
}

/** As Go names processors. */
const PROCESSORS: ReadonlyMap<string, string> = new Map([
  ["x64", "amd64"],
  ["ia32", "386"],
]);

/**
 * `version`: in Kubo's form, but of this server: it says nowhere that it is Kubo. No client of Kubo
 * asks for a certain version.
 */
export function version(agent: Agent) {
  return async (): Promise<Reply> => ({
    value: {
      Version: agent.version,
      Commit: "",
      Repo: "1",
      System: `${PROCESSORS.get(process.arch) ?? process.arch}/${process.platform}`,
      Golang: "",
      version: agent.version,
      runtime: `node ${process.versions.node}`,
    },
  });
}
