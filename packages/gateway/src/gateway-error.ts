import { type ErrorCode, IpfsKitError, type IpfsKitErrorOptions } from "@ipfs-kit/core";
import { HTTP_STATUS } from "@ipfs-kit/core/wire";

export interface GatewayErrorOptions extends IpfsKitErrorOptions {
  /** The HTTP status, where the gateway specifications ask for another than the code stands for. */
  status?: number;
  /** Sent with the answer. */
  headers?: Readonly<Record<string, string>>;
}

/** A "no" whose status or headers the gateway specifications prescribe. */
export class GatewayError extends IpfsKitError {
  override readonly name = "GatewayError";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(code, message, options);
    this.status = options.status ?? HTTP_STATUS[code];
    this.headers = options.headers ?? {};
  }
}
