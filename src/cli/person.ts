import { hostname, userInfo } from "node:os";

/** Who acts when nobody said so: the account on this machine, as `user@host`. A claim, never a proof. */
export function localPerson(): string {
  return `${userInfo().username}@${hostname()}`;
}
