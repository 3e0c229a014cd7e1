import { type CID, errorCodeOf, IpfsKitError } from "@ipfs-kit/core";

import { MIN_VERSION, REMEMBER_WRONG_BYTES_MS } from "./defaults.ts";
import type { KuboHealth } from "./index.ts";
import type { BreakerState, CallOutcome } from "./rpc/circuit-breaker.ts";

/** What is known of Kubo from all calls made to it. */
export class HealthRecord {
  #version: string | undefined;
  #isUp: boolean | undefined;
  #reason: string | undefined;
  #lastError: KuboHealth["last_error"];
  #wrongBytesAt: number | undefined;

  set version(version: string) {
    this.#version = version;
  }

  record(outcome: CallOutcome, error?: unknown): void {
    if (outcome === "cancelled") return;
    const reason = error instanceof IpfsKitError ? error.details["reason"] : undefined;
    this.#isUp = outcome === "answered" && reason !== "unauthorized";
    if (this.#isUp) return;
    const code = errorCodeOf(error);
    this.#reason = typeof reason === "string" ? reason : code;
    this.#lastError = {
      code,
      message: error instanceof Error ? error.message : String(error),
      at: new Date(),
    };
  }

  wrongBytes(cid: CID): void {
    this.#wrongBytesAt = performance.now();
    this.#lastError = {
      code: "integrity",
      message: `The bytes of block ${cid.toString()} did not match its CID.`,
      at: new Date(),
    };
  }

  health(breaker: BreakerState): KuboHealth {
    const facts = { version: this.#version, breaker, last_error: this.#lastError };
    if (this.#isUp === undefined) {
      return { state: "unavailable", reason_code: "not_checked", ...facts };
    }
    if (!this.#isUp) return { state: "unavailable", reason_code: this.#reason, ...facts };
    const reason = this.#degradedBy(breaker);
    if (reason !== undefined) return { state: "degraded", reason_code: reason, ...facts };
    return { state: "ok", ...facts };
  }

  #degradedBy(breaker: BreakerState): string | undefined {
    if (breaker !== "closed") return "breaker_open";
    const age = performance.now() - (this.#wrongBytesAt ?? -Infinity);
    if (age < REMEMBER_WRONG_BYTES_MS) return "wrong_bytes";
    if (this.#version !== undefined && isOlder(this.#version, MIN_VERSION)) return "version_old";
    return undefined;
  }
}

/** Whether a version such as `0.39.0-rc1` comes before one such as `0.30`. */
export function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split(/[.-]/).map(Number);
  const [thanMajor = 0, thanMinor = 0] = than.split(".").map(Number);
  return major < thanMajor || (major === thanMajor && minor < thanMinor);
}
