import type { Call, Reply } from "../command.ts";
import { notSupported } from "../refusals.ts";
import type { Agent } from "./version.ts";

/** Who a node is in the IPFS network. */
export interface NodeIdentity {
  peerId: string;
  /** The public key as libp2p writes it, in base64. */
  publicKey: string;
  /** Where it is reached, each with `/p2p/` and the peer id at its end. */
  addresses: readonly string[];
  protocols: readonly string[];
}

/** `id`. */
export function id(agent: Agent, identity: (() => NodeIdentity) | undefined) {
  return async ({ query }: Call): Promise<Reply> => {
    if (identity === undefined) {
      throw notSupported("This server is no peer of the IPFS network: it has no peer id.");
    }
    const { peerId, publicKey, addresses, protocols } = identity();
    const [asked = peerId] = query.args();
    if (asked !== peerId) throw notSupported("Other peers are not looked up here.");
    return {
      value: {
        ID: peerId,
        PublicKey: publicKey,
        Addresses: addresses,
        AgentVersion: `${agent.name}/${agent.version}`,
        Protocols: protocols,
      },
    };
  };
}
