/** What a sender report says (RFC 3550, 6.4.1). */
export interface SenderReport {
  ssrc: number;
  /** 64-bit NTP time, and the track's RTP time at that moment. */
  ntp: bigint;
  rtpTimestamp: number;
  packetCount: number;
  octetCount: number;
  /** The name of the source; 255 bytes at most count. */
  cname: string;
}

const VERSION = 0x80;
const SENDER_REPORT = 200;
const SOURCE_DESCRIPTION = 202;
/** SDES item that names the source (RFC 3550, 6.5.1). */
const CNAME = 1;
const REPORT_BYTES = 28;
const UINT32 = 2 ** 32;

/** The report and, as every compound packet has to, the name of the source: as bytes, not encrypted. */
export function senderReport(report: SenderReport): Buffer {
  const name = Buffer.from(report.cname).subarray(0, 255);
  // Header, SSRC, the item with its type and length, and one to four zero bytes that end the list.
  const descriptionBytes = Math.ceil((8 + 2 + name.length + 1) / 4) * 4;
  const bytes = Buffer.alloc(REPORT_BYTES + descriptionBytes);
  bytes[0] = VERSION;
  bytes[1] = SENDER_REPORT;
  bytes.writeUInt16BE(REPORT_BYTES / 4 - 1, 2);
  bytes.writeUInt32BE(report.ssrc, 4);
  bytes.writeBigUInt64BE(report.ntp, 8);
  bytes.writeUInt32BE(report.rtpTimestamp, 16);
  bytes.writeUInt32BE(report.packetCount % UINT32, 20);
  bytes.writeUInt32BE(report.octetCount % UINT32, 24);
  const description = bytes.subarray(REPORT_BYTES);
  description[0] = VERSION | 1;
  description[1] = SOURCE_DESCRIPTION;
  description.writeUInt16BE(descriptionBytes / 4 - 1, 2);
  description.writeUInt32BE(report.ssrc, 4);
  description[8] = CNAME;
  description[9] = name.length;
  description.set(name, 10);
  return bytes;
}
