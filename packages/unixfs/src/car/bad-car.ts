import { IpfsKitError } from "@ipfs-kit/core";

export function badCar(why: string, cause?: unknown): IpfsKitError {
  return new IpfsKitError("invalid_request", `This is no usable CAR: ${why}.`, { cause });
}
