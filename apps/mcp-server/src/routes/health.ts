import { withTimeout } from "@ipfs-kit/core";
import {
  type ComponentHealth,
  type Health,
  healthSchema,
  type Liveness,
  livenessSchema,
} from "@ipfs-kit/core/wire";

import { HEALTH_PROBE_MS } from "../defaults.ts";
import { defineRoute, type Route } from "./route.ts";

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

const EXAMPLE: Health = {
  status: "ok",
  components: [
    { name: "content", status: "ok" },
    { name: "gateway", status: "disabled", reason_code: "switched_off" },
  ],
};

const ALIVE: Liveness = { status: "ok" };

/** `GET /livez`, `/readyz`, `/api/v0/health` and its alias `/health`. */
export function healthRoutes(components: HealthComponents): Route[] {
  const health = {
    method: "GET",
    tag: "server",
    summary: "How each part is",
    responses: {
      200: { description: "Everything needed works.", schema: healthSchema, example: EXAMPLE },
      503: {
        description: "Something needed does not work.",
        schema: healthSchema,
        example: {
          status: "unavailable",
          components: [{ name: "content", status: "unavailable", reason_code: "unavailable" }],
        },
      },
    },
    handler: async () => answerOf(await readHealth(components.probes)),
  } as const;
  return [
    defineRoute({ ...health, path: "/api/v0/health", operationId: "getHealth" }),
    defineRoute({ ...health, path: "/health", operationId: "getHealthByShortPath" }),
    defineRoute({
      ...health,
      path: "/readyz",
      operationId: "getReadiness",
      summary: "Whether traffic should come",
      description: "503 while something needed does not work, and while the server stops.",
      access: "public",
      handler: async () => answerOf(await readReadiness(components)),
    }),
    defineRoute({
      method: "GET",
      path: "/livez",
      operationId: "getLiveness",
      tag: "server",
      summary: "Whether the process answers",
      access: "public",
      responses: {
        200: { description: "It does.", schema: livenessSchema, example: { status: "ok" } },
      },
      handler: () => ({ status: 200, body: ALIVE }),
    }),
  ];
}

function answerOf(health: Health): { status: 200 | 503; body: Health } {
  return { status: health.status === "unavailable" ? 503 : 200, body: health };
}

async function readReadiness({ probes, isDraining }: HealthComponents): Promise<Health> {
  const { components, status } = await readHealth(probes);
  const process: ComponentHealth = isDraining()
    ? { name: "process", status: "unavailable", reason_code: "draining", reason: "It is stopping." }
    : { name: "process", status: "ok" };
  return {
    status: isDraining() ? "unavailable" : status,
    components: [process, ...components],
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
