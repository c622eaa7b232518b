import { approvalState } from "../approval/approval.ts";
import { SlipwayError } from "../domain/errors.ts";
import type { Digest } from "../domain/json.ts";
import { getApproval } from "../registry/decisions.ts";
import { knownPlan } from "./known-plan.ts";
import type { Dependencies } from "./dependencies.ts";

/**
 * Folds the recorded decisions once more, right where traffic is about to move: "approved" is never taken from memory.
 * @throws {SlipwayError} `decision.refused` when they do not approve this very request
 */
export async function requireApproved({ db }: Pick<Dependencies, "db">, requestDigest: Digest): Promise<void> {
  const recorded = await getApproval(db, requestDigest);
  if (recorded === undefined)
    throw new SlipwayError("decision.refused", `no approval request ${requestDigest} is recorded`);
  const { request, decisions } = recorded;
  const { approval: policy } = await knownPlan(db, request.planDigest);
  // What was approved in time stays approved: the expiry bounds the decision, not the roll-out.
  const state = approvalState({ request, requestDigest, policy, decisions }, request.expiresAtMs - 1);
  if (state !== "Approved")
    throw new SlipwayError("decision.refused", `request ${requestDigest} is ${state}, not Approved`);
}
