import { parseMessage } from "werift";

/** An IP address and a port. */
type Address = readonly [host: string, port: number];

/** The parts of werift's ICE agent this filter stands on. */
export interface IceAgent {
  readonly localUsername: string;
  readonly localPassword: string;
  readonly nominated?: { readonly remoteAddr: Address } | undefined;
  readonly checkList: readonly { readonly state: number; readonly remoteAddr: Address }[];
  readonly onIceCandidate: { subscribe(listener: () => void): { unSubscribe: () => void } };
}

interface DatagramTransport {
  onData: (data: Buffer, from: Address) => void;
}

/** `CandidatePairState.SUCCEEDED` of werift: our check to that address was answered with the right password. */
const SUCCEEDED = 3;
/** First bytes 0 to 3 are STUN (RFC 7983). */
const LAST_STUN_BYTE = 3;
/** STUN message type of a Binding request (RFC 8489). */
const BINDING_REQUEST = 0x0001;
const STUN_HEADER_BYTES = 20;

/** An installed filter. */
export interface SourceFilter {
  /** Datagrams of strangers that were not let through. */
  readonly dropped: number;
  /**
   * Call when DTLS has begun to listen. Delivers what the viewer sent before that: a browser starts
   * its handshake a moment before we have seen its address answer a check, and would repeat the lost
   * beginning only after 50 ms.
   */
  dtlsListens(): void;
}

/**
 * Keeps strangers away from an ICE agent. werift 0.25 hands every datagram that is not STUN to DTLS,
 * whoever sent it, and believes every STUN request: one forged packet to the right port ends or
 * captures a session. Behind this filter,
 *
 * - DTLS and SRTP get through only from an address that has answered one of our connectivity checks;
 * - STUN requests get through only when they carry our password's MESSAGE-INTEGRITY.
 */
export function installSourceFilter(agent: IceAgent): SourceFilter {
  let dropped = 0;
  /** The first datagrams before DTLS listens, from whomever; each is judged when its time comes. */
  let early: { data: Buffer; from: Address; transport: GuardedTransport }[] | undefined = [];
  const guarded = new Map<DatagramTransport, GuardedTransport>();

  const receive = (transport: GuardedTransport, data: Buffer, from: Address) => {
    const isStun = (data[0] ?? 0) <= LAST_STUN_BYTE;
    if (!isStun && early !== undefined && early.length < MAX_EARLY_DATAGRAMS) {
      early.push({ data, from, transport });
    } else if (isStun ? isAuthentic(agent, data) : isValidated(agent, from)) {
      transport.deliver(data, from);
    } else {
      dropped += 1;
    }
  };
  const guard = () => {
    for (const transport of transportsOf(agent)) {
      if (guarded.has(transport)) continue;
      const kept = { deliver: transport.onData };
      guarded.set(transport, kept);
      transport.onData = (data, from) => receive(kept, data, from);
    }
  };
  // Sockets are announced as local candidates, in the same turn in which they are opened.
  agent.onIceCandidate.subscribe(guard);
  guard();
  return {
    get dropped() {
      return dropped;
    },
    dtlsListens() {
      const waiting = early ?? [];
      early = undefined;
      for (const { data, from, transport } of waiting) receive(transport, data, from);
    },
  };
}

interface GuardedTransport {
  deliver: DatagramTransport["onData"];
}

/** A ClientHello of today is two datagrams; sent once more, four. */
const MAX_EARLY_DATAGRAMS = 8;

/** Anything but a forged Binding request: responses are matched to a request and checked by werift. */
function isAuthentic(agent: IceAgent, data: Buffer): boolean {
  if (data.length < STUN_HEADER_BYTES || data.readUInt16BE(0) !== BINDING_REQUEST) return true;
  return parseMessage(data, Buffer.from(agent.localPassword, "utf8")) !== undefined;
}

function isValidated(agent: IceAgent, from: Address): boolean {
  const { nominated } = agent;
  if (nominated !== undefined && isSame(nominated.remoteAddr, from)) return true;
  return agent.checkList.some(
    ({ state, remoteAddr }) => state === SUCCEEDED && isSame(remoteAddr, from),
  );
}

function isSame(a: Address, b: Address): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

/** werift keeps its sockets private; without them there is no protection, so their absence is an error. */
function transportsOf(agent: IceAgent): DatagramTransport[] {
  const protocols: unknown = Reflect.get(agent, "protocols");
  if (!Array.isArray(protocols)) {
    throw new TypeError("This version of werift does not show its ICE sockets.");
  }
  return protocols
    .map((protocol: unknown): unknown =>
      typeof protocol === "object" && protocol !== null
        ? Reflect.get(protocol, "transport")
        : undefined,
    )
    .filter(isDatagramTransport);
}

function isDatagramTransport(value: unknown): value is DatagramTransport {
  return (
    typeof value === "object" &&
    value !== null &&
    "onData" in value &&
    typeof value.onData === "function"
  );
}
