import { digestOf } from "../../digest.ts";
import type { Decision } from "../../domain/release.ts";
import type { HistoryFacts } from "./history-facts.ts";
import type { RegistryFacts } from "./registry-facts.ts";

/** Where the history and the registry do not tell the same story, a sentence each; none when they agree. */
export function disagreements(history: HistoryFacts, registry: RegistryFacts): readonly string[] {
  return [
    ...endDisagreements(history, registry),
    ...decisionDisagreements(history.decisions, registry.decisions),
    ...registry.approvals.flatMap(requestDisagreements),
    ...registry.decisions.flatMap((decision) => unboundDecision(decision, registry)),
  ];
}

function endDisagreements(
  { requestedBy, result }: HistoryFacts,
  { release, version }: RegistryFacts,
): readonly string[] {
  const pairs: readonly (readonly [string, string | undefined, string | undefined])[] = [
    ["who asked for it", requestedBy ?? release.requestedBy, release.requestedBy],
    ...(result === undefined
      ? ([["the outcome", undefined, release.outcome]] as const)
      : ([
          ["the outcome", result.outcome, release.outcome],
          ["the model", result.model, release.model],
          ["the version", result.version, release.version],
          ["the version's digest", result.versionDigest, version?.digest],
          ["the plan's digest", result.planDigest, release.planDigest],
        ] as const)),
  ];
  return pairs.flatMap(([what, inHistory, inRegistry]) =>
    inHistory === inRegistry
      ? []
      : [`${what}: the history says ${inHistory ?? "nothing"}, the registry says ${inRegistry ?? "nothing"}`],
  );
}

function decisionDisagreements(inHistory: readonly Decision[], inRegistry: readonly Decision[]): readonly string[] {
  const byId = new Map(inRegistry.map((decision) => [decision.decisionId, decision]));
  const known = new Set(inHistory.map(({ decisionId }) => decisionId));
  return [
    ...inHistory.flatMap((decision) => {
      const recorded = byId.get(decision.decisionId);
      if (recorded === undefined)
        return [`decision ${decision.decisionId} (${decision.verdict} by ${decision.by}): only the history has it`];
      return digestOf(recorded) === digestOf(decision)
        ? []
        : [
            `decision ${decision.decisionId}: the history says ${phrase(decision)}, the registry says ${phrase(recorded)}`,
          ];
    }),
    ...inRegistry
      .filter(({ decisionId }) => !known.has(decisionId))
      .map((decision) => `decision ${decision.decisionId} (${phrase(decision)}): only the registry has it`),
  ];
}

function requestDisagreements({ request, requestDigest }: RegistryFacts["approvals"][number]): readonly string[] {
  const actual = digestOf(request);
  return actual === requestDigest
    ? []
    : [`approval request of round ${request.round}: its content has the digest ${actual}, not ${requestDigest}`];
}

function unboundDecision({ decisionId, requestDigest }: Decision, { approvals }: RegistryFacts): readonly string[] {
  return approvals.some((approval) => approval.requestDigest === requestDigest)
    ? []
    : [`decision ${decisionId} is bound to ${requestDigest}, which no request of this release has`];
}

function phrase({ verdict, by, requestDigest, reason }: Decision): string {
  return `${verdict} by ${by} on ${requestDigest}${reason === undefined ? "" : ` (${reason})`}`;
}
