import { createSocket } from "node:dgram";
import { once } from "node:events";

import type { Subject } from "./subjects.ts";
import type { ViewerLink } from "./viewer-link.ts";

/** RTP header with an extension, and the tag of GCM. */
const OVERHEAD_BYTES = 12 + 8 + 16;

/** The floor: datagrams of the same sizes from a socket of its own for each viewer, and nothing else. */
export async function dgramSubject(link: ViewerLink): Promise<Subject> {
  const port = await link.sink();
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const datagrams = new Map<Buffer, Buffer>();
  let sent = 0;
  return {
    sendFrame({ payloads }) {
      for (const payload of payloads) {
        let datagram = datagrams.get(payload);
        datagram ??= Buffer.concat([payload, Buffer.alloc(OVERHEAD_BYTES)]);
        datagrams.set(payload, datagram);
        socket.send(datagram, port, "127.0.0.1");
        sent += 1;
      }
    },
    sentPackets: () => sent,
  };
}
