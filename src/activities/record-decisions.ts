import type { Digest } from "../domain/json.ts";
import type { Decision } from "../domain/release.ts";
import { recordDecision } from "../registry/decisions.ts";
import type { Dependencies } from "./dependencies.ts";
import { activityRelease } from "./release-id.ts";

export interface DecidedRequest {
  readonly round: number;
  readonly requestDigest: Digest;
  readonly decisions: readonly Decision[];
  readonly state: "Approved" | "Rejected" | "Expired";
}

/** Writes the decisions on a request into the registry, each with its audit row, and says in a sentence how it ended. */
export const createRecordDecisions = ({ db }: Dependencies) =>
  async function recordDecisions(decided: DecidedRequest): Promise<{ readonly message: string }> {
    const release = activityRelease();
    for (const decision of decided.decisions) await recordDecision(db, { ...decision, release });
    return { message: sentence(decided) };
  };

function sentence({ state, decisions }: DecidedRequest): string {
  const people = (verdict: "approve" | "reject") =>
    decisions
      .filter((decision) => decision.verdict === verdict)
      .map((decision) => `${decision.by}${decision.reason === undefined ? "" : ` (${decision.reason})`}`)
      .join(", ");
  switch (state) {
    case "Approved":
      return `approved by ${people("approve") || "policy: no approval is required"}`;
    case "Rejected":
      return `rejected by ${people("reject")}`;
    case "Expired":
      return "the approval expired: nobody decided in time";
  }
}
