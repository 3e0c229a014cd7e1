import { type ErrorCode, IpfsKitError, type IpfsKitErrorOptions } from "@ipfs-kit/core";
import { HTTP_STATUS } from "@ipfs-kit/core/wire";

export interface HttpErrorOptions extends IpfsKitErrorOptions {
  /** Where another status is asked for than the code stands for. */
  status?: number;
  /** Sent with the answer, e.g. `Retry-After`. */
  headers?: Readonly<Record<string, string>>;
  /** The query parameter at fault. */
  parameter?: string;
}

/** A "no" that only HTTP knows: with a status, headers or a parameter at fault. */
export class HttpError extends IpfsKitError {
  override readonly name = "HttpError";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly parameter: string | undefined;

  constructor(code: ErrorCode, message: string, options: HttpErrorOptions = {}) {
    super(code, message, options);
    this.status = options.status ?? HTTP_STATUS[code];
    this.headers = options.headers ?? {};
    this.parameter = options.parameter;
  }
}
