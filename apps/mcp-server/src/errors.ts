import { IpfsKitError } from "@ipfs-kit/core";

/** A flag, an environment variable or a combination of them is not allowed. Exit code 64. */
export class ConfigError extends IpfsKitError {
  override readonly name = "ConfigError";

  constructor(message: string) {
    super("invalid_request", message);
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
