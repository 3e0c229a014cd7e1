import type { Hono } from "hono";

import type { AppContext, AppEnv } from "../app-env.ts";
import { answerOtherMethod } from "./other-method.ts";

const ALLOW = "GET, HEAD, OPTIONS";

/** Serves what people open in a browser, by GET. Anybody may: sign-in begins with a page. */
export function addPage(
  app: Hono<AppEnv>,
  path: string,
  show: (c: AppContext) => Response | Promise<Response>,
): void {
  app.get(path, show);
  app.all(path, (c) => answerOtherMethod(c, ALLOW));
}
