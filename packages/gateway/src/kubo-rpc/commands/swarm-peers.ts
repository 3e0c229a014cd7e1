import type { Reply } from "../command.ts";

/** `swarm/peers`: a server without a libp2p node is connected to nobody. */
export async function swarmPeers(): Promise<Reply> {
  return { value: { Peers: [] } };
}
