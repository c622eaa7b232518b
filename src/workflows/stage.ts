import { SearchAttributeType, defineSearchAttributeKey } from "@temporalio/common";
import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from "@temporalio/workflow";
import type { ReleaseStage } from "../domain/release.ts";

const key = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);
const KEYS = {
  model: key("SlipwayModel"),
  pipeline: key("SlipwayPipeline"),
  stage: key("SlipwayStage"),
  awaiting: key("SlipwayAwaiting"),
  outcome: key("SlipwayOutcome"),
  trigger: key("SlipwayTrigger"),
  environment: key("SlipwayEnvironment"),
  team: key("SlipwayTeam"),
  version: key("SlipwayVersion"),
} as const;

export type Facts = Partial<Record<keyof typeof KEYS, string | null>>;

/** Writes what lists and filters show. For people to find releases by: no logic ever reads it back. */
export function publish(facts: Facts): void {
  const pairs = Object.entries(facts).map(([name, value]) => ({
    key: KEYS[name as keyof typeof KEYS],
    value: value ?? null,
  }));
  if (pairs.length > 0) upsertSearchAttributes(pairs);
}

/** Says in the Temporal UI what the release does now, in Markdown. */
export function describeStage(stage: ReleaseStage, sentence: string): void {
  setCurrentDetails(`**${stage}** — ${sentence}`);
}

/** Says what is to be approved, and every way to do it, word for word. */
export function describeApproval(what: string, requestDigest: string): void {
  const id = workflowInfo().workflowId;
  const signal = `temporal workflow signal --workflow-id '${id}' --name approve --input '{"by":"you@example.org","reason":"…"}'`;
  setCurrentDetails(
    [
      `**awaiting approval** — ${what}`,
      `Request \`${requestDigest}\``,
      "Approve with one of:",
      `- \`slipway approve '${id}'\``,
      `- \`${signal}\``,
      `- in this page: *Send a Signal*, name \`approve\`, JSON \`{"by":"you@example.org","reason":"…","requestDigest":"${requestDigest}"}\``,
      "Reject with the signal `reject`, stop with `abort`.",
    ].join("\n\n"),
  );
}
