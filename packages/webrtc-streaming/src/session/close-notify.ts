/** What is used of werift's DTLS socket. */
export interface DtlsSocketLike {
  send(data: Buffer): Promise<void>;
}

interface DtlsRecord {
  recordLayerHeader: { contentType: number };
}

/** DTLS content type of alerts, and the alert "warning, close_notify" (RFC 5246, 7.2.1). */
const ALERT = 21;
const CLOSE_NOTIFY = Buffer.from([1, 0]);

/**
 * Tells the far end that the connection ends. werift closes its sockets without a word, and a browser
 * then waits 30 s for ICE consent to expire; with this it knows at once.
 *
 * werift can only send application data. The record it builds passes through its cipher, where its
 * type is changed before it is authenticated.
 */
export async function sendCloseNotify(dtls: DtlsSocketLike): Promise<void> {
  const cipher: unknown = Reflect.get(dtls, "cipher");
  if (!hasEncrypt(cipher)) return;
  const encrypt = cipher.encryptPacket.bind(cipher);
  cipher.encryptPacket = (record) => {
    record.recordLayerHeader.contentType = ALERT;
    return encrypt(record);
  };
  try {
    await dtls.send(CLOSE_NOTIFY);
  } finally {
    cipher.encryptPacket = encrypt;
  }
}

function hasEncrypt(
  value: unknown,
): value is { encryptPacket: (record: DtlsRecord) => DtlsRecord } {
  return (
    typeof value === "object" &&
    value !== null &&
    "encryptPacket" in value &&
    typeof value.encryptPacket === "function"
  );
}
