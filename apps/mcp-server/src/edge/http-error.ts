import { type ErrorCode, IpfsKitError, type IpfsKitErrorOptions } from "@ipfs-kit/core";

/** One thing that is wrong with a request. */
export interface InputFault {
  /** The parameter of the path or query at fault. */
  parameter?: string;
  /** The place in the JSON body at fault, as a JSON pointer: `#/tags/0`. */
  pointer?: string;
  /** What is allowed. */
  detail: string;
}

export interface HttpErrorOptions extends IpfsKitErrorOptions {
  /** Where the code alone would say something else. */
  status?: number;
  /** Sent with the answer, e.g. `Allow`. */
  headers?: Readonly<Record<string, string>>;
  faults?: readonly InputFault[];
}

/** A failure only HTTP knows: with a status, headers or input faults of its own. */
export class HttpError extends IpfsKitError {
  override readonly name = "HttpError";
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly faults: readonly InputFault[];

  constructor(code: ErrorCode, message: string, options: HttpErrorOptions = {}) {
    super(code, message, options);
    this.status = options.status;
    this.headers = options.headers ?? {};
    this.faults = options.faults ?? [];
  }
}
