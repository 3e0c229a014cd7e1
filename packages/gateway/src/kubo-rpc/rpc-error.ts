import { type ErrorCode, IpfsKitError, type IpfsKitErrorOptions } from "@ipfs-kit/core";

export interface RpcErrorOptions extends IpfsKitErrorOptions {
  /** Where the code alone would say something else. */
  status?: number;
  /** Sent with the answer, e.g. `Retry-After`. */
  headers?: Readonly<Record<string, string>>;
  /** The query parameter at fault. */
  parameter?: string;
}

/** A failure only HTTP knows: with a status, headers or a parameter at fault. */
export class RpcError extends IpfsKitError {
  override readonly name = "RpcError";
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly parameter: string | undefined;

  constructor(code: ErrorCode, message: string, options: RpcErrorOptions = {}) {
    super(code, message, options);
    this.status = options.status;
    this.headers = options.headers ?? {};
    this.parameter = options.parameter;
  }
}

/** An argument does not have the form Kubo documents. */
export function badArgument(parameter: string, message: string): RpcError {
  return new RpcError("invalid_request", message, { parameter });
}

/** This build does not do what Kubo does here. */
export function notSupported(what: string): RpcError {
  return new RpcError("not_supported", what);
}

/** The arguments are well formed, but not what the command can do. */
export function refused(message: string): RpcError {
  return new RpcError("invalid_request", message);
}

/** A command that takes in files was given none. @param name what Kubo calls them */
export function noFile(name: string): RpcError {
  return badArgument(name, `file argument '${name}' is required`);
}
