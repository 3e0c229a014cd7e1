import { IpfsKitError } from "@ipfs-kit/core";

/** What somebody may do, the least first: look, change, manage who may do either. */
export const ROLES = ["viewer", "operator", "admin"] as const;

export type Role = (typeof ROLES)[number];

/** What a route asks for: nothing, or at least a role. */
export type Access = "public" | Role;

/** Whoever a request comes from, as the edge found out. */
export interface Principal {
  role: Role;
  /** Counted and limited under this: the id of a token, or an address. */
  key: string;
}

/** A principal that may cease to be one while it is connected. */
export interface Caller extends Principal {
  /** False once the token is revoked or has expired, or the person signed out. */
  isCurrent(): boolean;
}

/**
 * Whether it may be done. Asked by the route that was found, never by the text of a path: so no
 * spelling of a path can change the answer.
 *
 * @throws IpfsKitError `unauthenticated` for a stranger, `forbidden` for a role that is too small
 */
export function assertAccess<Who extends Principal>(
  principal: Who | undefined,
  access: Role,
): asserts principal is Who;
export function assertAccess(principal: Principal | undefined, access: Access): void;
export function assertAccess(principal: Principal | undefined, access: Access): void {
  if (access === "public") return;
  if (principal === undefined) {
    throw new IpfsKitError(
      "unauthenticated",
      "This needs a token: send it as Authorization: Bearer.",
    );
  }
  if (ROLES.indexOf(principal.role) >= ROLES.indexOf(access)) return;
  throw new IpfsKitError("forbidden", `This needs the role ${access}; yours is ${principal.role}.`);
}
