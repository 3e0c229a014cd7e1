import { withTimeout } from "@ipfs-kit/core";
import type { ComponentHealth, Health } from "@ipfs-kit/core/wire";

import { HEALTH_PROBE_MS } from "../defaults.ts";

/** A part whose state is shown. `probe` is asked each time, under a deadline of its own. */
export interface HealthProbe {
  name: string;
  probe: (signal: AbortSignal) => Promise<Omit<ComponentHealth, "name">>;
}

export interface HealthComponents {
  probes: readonly HealthProbe[];
  /** Whether the server is stopping. */
  isDraining: () => boolean;
}

const NO_STORE = { "cache-control": "no-store" };

/** `/livez`: the process answers. */
export function showLiveness(): Response {
  return Response.json({ status: "ok" }, { headers: NO_STORE });
}

/** `GET /api/v0/health`: each part as it is now. 503 when a needed one is missing. */
export function showHealth(components: HealthComponents): () => Promise<Response> {
  return async () => {
    const health = await readHealth(components.probes);
    const status = health.status === "unavailable" ? 503 : 200;
    return Response.json(health, { status, headers: NO_STORE });
  };
}

/** `/readyz`: 503 with reasons when no traffic should come. */
export function showReadiness({ probes, isDraining }: HealthComponents): () => Promise<Response> {
  return async () => {
    const { components, status } = await readHealth(probes);
    const process: ComponentHealth = isDraining()
      ? {
          name: "process",
          status: "unavailable",
          reason_code: "draining",
          reason: "It is stopping.",
        }
      : { name: "process", status: "ok" };
    const health: Health = {
      status: isDraining() ? "unavailable" : status,
      components: [process, ...components],
    };
    const code = health.status === "unavailable" ? 503 : 200;
    return Response.json(health, { status: code, headers: NO_STORE });
  };
}

async function readHealth(probes: readonly HealthProbe[]): Promise<Health> {
  const components = await Promise.all(probes.map(readComponent));
  const states = new Set(components.map(({ status }) => status));
  if (states.has("unavailable")) return { status: "unavailable", components };
  return { status: states.has("degraded") ? "degraded" : "ok", components };
}

async function readComponent({ name, probe }: HealthProbe): Promise<ComponentHealth> {
  try {
    return { name, ...(await withTimeout(HEALTH_PROBE_MS, `The check of ${name}`, probe)) };
  } catch {
    return {
      name,
      status: "unavailable",
      reason_code: "probe_failed",
      reason: "It did not answer.",
    };
  }
}
