import { read } from "../srtp/shape.ts";

/** What the far end's DTLS says to end a connection. */
export interface AlertListener {
  /** It means to end it (RFC 5246, 7.2.1). */
  onCloseNotify(): void;
  /** It cannot go on. @param description number of the alert (RFC 5246, 7.2.2) */
  onFatal(description: number): void;
}

/** DTLS record (RFC 6347, 4.1): type, version, epoch, sequence number, length. */
const RECORD_HEADER_BYTES = 13;
const ALERT = 21;
const FATAL = 2;
const CLOSE_NOTIFY = 0;

/** What is used of werift's DTLS cipher. */
interface RecordCipher {
  decryptPacket(record: {
    recordLayerHeader: {
      contentType: number;
      protocolVersion: { major: number; minor: number };
      epoch: number;
      sequenceNumber: number;
    };
    fragment: Buffer;
  }): Buffer;
}

interface DataSource {
  onData: (data: Buffer) => void;
}

/**
 * Reads the far end's alerts in werift's place. werift 0.25 takes the first bytes of an encrypted
 * alert for the alert itself, which loses one goodbye in ten; passes over fatal ones; and believes
 * those that are not encrypted, which anyone can forge. Here an alert counts when it is authentic.
 *
 * @param socket `RTCDtlsTransport.dtls`, connected
 * @returns false when it does not look as expected; it is left alone then
 */
export function watchAlerts(socket: unknown, listener: AlertListener): boolean {
  const source = read(read(socket, "transport"), "socket");
  const cipher = read(socket, "cipher");
  if (!isDataSource(source) || !isRecordCipher(cipher)) return false;
  const pass = source.onData.bind(source);
  source.onData = (datagram) => {
    const records = recordsOf(datagram);
    const alerts = records.filter(([type]) => type === ALERT);
    if (alerts.length === 0) return pass(datagram);
    for (const alert of alerts) handle(alert, cipher, listener);
    const others = records.filter(([type]) => type !== ALERT);
    if (others.length > 0) pass(Buffer.concat(others));
  };
  return true;
}

function handle(record: Buffer, cipher: RecordCipher, listener: AlertListener): void {
  const epoch = record.readUInt16BE(3);
  // Not encrypted: from anyone.
  if (epoch === 0) return;
  try {
    const [level, description] = cipher.decryptPacket({
      recordLayerHeader: {
        contentType: ALERT,
        protocolVersion: { major: record.readUInt8(1), minor: record.readUInt8(2) },
        epoch,
        sequenceNumber: record.readUIntBE(5, 6),
      },
      fragment: record.subarray(RECORD_HEADER_BYTES),
    });
    if (description === CLOSE_NOTIFY) listener.onCloseNotify();
    else if (level === FATAL) listener.onFatal(description ?? 0);
  } catch {
    // Not authentic.
  }
}

/** The records of a datagram; what does not fit at its end is left out. */
function recordsOf(datagram: Buffer): Buffer[] {
  const records: Buffer[] = [];
  let at = 0;
  while (at + RECORD_HEADER_BYTES <= datagram.length) {
    const end = at + RECORD_HEADER_BYTES + datagram.readUInt16BE(at + 11);
    if (end > datagram.length) break;
    records.push(datagram.subarray(at, end));
    at = end;
  }
  return records;
}

function isDataSource(value: unknown): value is DataSource {
  return typeof read(value, "onData") === "function";
}

function isRecordCipher(value: unknown): value is RecordCipher {
  return typeof read(value, "decryptPacket") === "function";
}
