import type { Logger } from "@ipfs-kit/core";

import { fastSrtpWriter } from "./fast-srtp.ts";
import { swapDtlsKeys, swapSrtpKeys } from "./key-swap.ts";
import { read } from "./shape.ts";
import type { SrtpWriter } from "./srtp-writer.ts";

let told = false;

/**
 * Makes a connection's encryption cheap, as far as werift looks and does as expected; the rest stays
 * as it was, and the log says so once.
 *
 * @param transport `RTCDtlsTransport` of werift 0.25, connected
 * @returns what encrypts media; undefined when werift has to
 */
export function speedUp(transport: object, logger: Logger): SrtpWriter | undefined {
  // First: it takes its keys from where they still are bytes.
  const writer = fastSrtpWriter(read(transport, "srtp"));
  const failed = [
    ...(writer === undefined ? ["media"] : []),
    ...(swapSrtpKeys(read(transport, "srtp")) ? [] : ["SRTP keys"]),
    ...(swapSrtpKeys(read(transport, "srtcp")) ? [] : ["SRTCP keys"]),
    ...(swapDtlsKeys(read(transport, "dtls")) ? [] : ["DTLS keys"]),
  ];
  if (failed.length > 0 && !told) {
    told = true;
    logger.warn("This version of werift is not known well enough: encryption stays slow.", {
      slow: failed,
    });
  }
  return writer;
}
