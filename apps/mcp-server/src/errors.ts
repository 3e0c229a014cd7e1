import { IpfsKitError } from "@ipfs-kit/core";

/** A flag, variable or configuration file is not allowed, or a combination of them. Exit code 64. */
export class ConfigError extends IpfsKitError {
  override readonly name = "ConfigError";
  /** What is wrong, one line each: source, value, what is allowed. The message has all of them. */
  readonly faults: readonly string[];

  constructor(...faults: readonly [string, ...string[]]) {
    super("invalid_request", faults.join("\n"));
    this.faults = faults;
  }
}

/** Another process listens on that address and port. Exit code 69. */
export class PortInUseError extends IpfsKitError {
  override readonly name = "PortInUseError";

  /** @param flag the one that says which port to take */
  constructor(host: string, port: number, { flag, cause }: { flag: string; cause: unknown }) {
    super(
      "unavailable",
      `Port ${port} of ${host} is in use: choose another with ${flag}, or 0 for any free one.`,
      { cause },
    );
  }
}
