import { createEmbeddedStore } from "@ipfs-kit/content-embedded";
import { createKuboStore } from "@ipfs-kit/content-kubo";
import {
  type AbortOptions,
  type ContentRepository,
  errorCodeOf,
  type Logger,
  type Startable,
} from "@ipfs-kit/core";
import type { ComponentHealth } from "@ipfs-kit/core/wire";
import type { VerifyBlocks } from "@ipfs-kit/gateway/kubo-rpc";

import { ConfigError } from "../errors.ts";
import { verifyBlocks } from "./verify-blocks.ts";
import type { ServerInit } from "../server-init.ts";

export type BackendName = "embedded" | "kubo";

/** Where content is kept. */
export interface ContentBackend {
  name: BackendName;
  repository: ContentRepository & Startable;
  /** Reads every block again, and tells the damaged ones; absent where it cannot. */
  verifyBlocks?: VerifyBlocks;
  /** How it is now. */
  health(options: AbortOptions): Promise<Omit<ComponentHealth, "name">>;
}

export interface ContentBackendInit {
  name: BackendName;
  /** The room of the embedded store in the data folder. */
  directory: string;
  /** 0 is no limit. */
  storageMaxBytes: number;
  kuboApi: string | undefined;
  logger: Logger;
}

/**
 * Which backend a server shall have. Kubo only when it is named: nothing is contacted unasked.
 *
 * @throws ConfigError when isolation and Kubo are both asked for
 */
export function chooseBackend({
  contentBackend = "auto",
  kuboApi,
  isolation = false,
}: Pick<ServerInit, "contentBackend" | "kuboApi" | "isolation">): BackendName {
  const isKubo = contentBackend === "kubo" || (contentBackend === "auto" && kuboApi !== undefined);
  if (isKubo && isolation) {
    throw new ConfigError(
      "--isolation contacts no daemon: leave out --kubo-api and --content-backend kubo, or --isolation.",
    );
  }
  return isKubo ? "kubo" : "embedded";
}

/** @throws ConfigError when the address of Kubo is none */
export function createContentBackend(init: ContentBackendInit): ContentBackend {
  return init.name === "kubo" ? kuboBackend(init) : embeddedBackend(init);
}

function embeddedBackend({
  directory,
  storageMaxBytes,
  logger,
}: ContentBackendInit): ContentBackend {
  const repository = createEmbeddedStore({
    directory,
    storageMaxBytes: storageMaxBytes === 0 ? Infinity : storageMaxBytes,
    logger,
  });
  return {
    name: "embedded",
    repository,
    health: async ({ signal }) => {
      await repository.listPins({ limit: 1, signal });
      return { status: "ok" };
    },
    verifyBlocks: (options) => verifyBlocks(repository.blocks, options),
  };
}

function kuboBackend({ kuboApi, logger }: ContentBackendInit): ContentBackend {
  const repository = openKubo(kuboApi, logger);
  return {
    name: "kubo",
    repository,
    // From what its calls have shown: a look would wait for a daemon that does not answer.
    health: async () => {
      const {
        state,
        reason_code: reasonCode,
        version,
        last_error: lastError,
      } = repository.health();
      if (state === "ok") return { status: "ok", reason: `Kubo ${version ?? ""}`.trim() };
      return {
        status: state,
        reason_code: reasonCode ?? "unavailable",
        reason: lastError?.message ?? "Kubo has not answered yet.",
      };
    },
  };
}

function openKubo(api: string | undefined, logger: Logger): ReturnType<typeof createKuboStore> {
  try {
    return createKuboStore({ logger, ...(api === undefined ? {} : { api }) });
  } catch (error) {
    if (errorCodeOf(error) !== "invalid_request" || !(error instanceof Error)) throw error;
    throw new ConfigError(`--kubo-api is not allowed: ${error.message}`);
  }
}
