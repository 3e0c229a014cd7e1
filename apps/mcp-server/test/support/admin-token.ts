import { newTokenSchema } from "@ipfs-kit/core/wire";
import type { IpfsKitServer } from "@ipfs-kit/mcp-server";

/** Signs in by a login link, as a person does, and makes a token that may do everything. */
export async function adminToken(server: IpfsKitServer): Promise<string> {
  const code = (await server.createLoginLink()).split("#login=")[1];
  const json = { "content-type": "application/json", origin: server.url };
  const signedIn = await fetch(`${server.url}/api/v0/session`, {
    method: "POST",
    headers: json,
    body: JSON.stringify({ code }),
  });
  const cookie = signedIn.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
  const answer = await fetch(`${server.url}/api/v0/tokens`, {
    method: "POST",
    headers: { ...json, cookie },
    body: JSON.stringify({ name: "a test", role: "admin" }),
  });
  return newTokenSchema.parse(await answer.json()).token;
}
