import { describeKuboRpc } from "@ipfs-kit/gateway/kubo-rpc";

import { once } from "../once.ts";
import { type OpenApiDocument, openApiDocument } from "../openapi/document.ts";
import { VERSION } from "../version.ts";
import { type CapabilitiesComponents, capabilitiesRoute } from "./capabilities.ts";
import { descriptionRoutes } from "./descriptions.ts";
import { existsRoute, type ExistsComponents } from "./exists.ts";
import { type HealthComponents, healthRoutes } from "./health.ts";
import { type MetadataComponents, metadataRoutes } from "./metadata.ts";
import { type PinsComponents, pinsRoute } from "./pins.ts";
import type { Route } from "./route.ts";
import { type SessionComponents, sessionRoutes } from "./session.ts";
import { type StatsComponents, statsRoute } from "./stats.ts";
import { type TokensComponents, tokensRoutes } from "./tokens.ts";
import { versionRoute } from "./version.ts";
import { type WsTicketComponents, wsTicketRoute } from "./ws-ticket.ts";

export type ApiComponents = CapabilitiesComponents &
  ExistsComponents &
  HealthComponents &
  MetadataComponents &
  PinsComponents &
  SessionComponents &
  StatsComponents &
  TokensComponents &
  WsTicketComponents;

/** The REST API, as it is served and as it is described. */
export interface Api {
  routes: readonly Route[];
  /** Made when somebody asks for it first. */
  openApi: () => OpenApiDocument;
}

/** Every route of the REST API, and the description of it and of Kubo's beside it. */
export function createApi(components: ApiComponents): Api {
  const openApi = once(() =>
    openApiDocument({ routes, commands: describeKuboRpc(), version: VERSION }),
  );
  const routes: readonly Route[] = [
    pinsRoute(components),
    existsRoute(components),
    ...metadataRoutes(components),
    ...healthRoutes(components),
    capabilitiesRoute(components),
    statsRoute(components),
    versionRoute(),
    ...sessionRoutes(components),
    ...tokensRoutes(components),
    wsTicketRoute(components),
    ...descriptionRoutes({ openApi }),
  ];
  return { routes, openApi };
}
