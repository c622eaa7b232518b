import type { CanaryJudgement, GuardrailJudgement } from "./canary-judge.ts";
import { numberText } from "./number-text.ts";

/** One sentence on a look at a canary: what each guardrail shows, worst news first. */
export function canaryMessage(
  status: CanaryJudgement["status"],
  guardrails: readonly GuardrailJudgement[],
  toleratedRatio: number,
): string {
  const told = guardrails
    .toSorted((one, other) => RANK[one.verdict] - RANK[other.verdict])
    .map((guardrail) => guardrailText(guardrail, toleratedRatio));
  return `${OPENING[status]}: ${told.join("; ")}`;
}

const RANK = { Failed: 0, Inconclusive: 1, Successful: 2 } as const;

const OPENING = { Failed: "harm shown", Successful: "safety shown", Inconclusive: "open" } as const;

function guardrailText(guardrail: GuardrailJudgement, toleratedRatio: number): string {
  const { metric, failures, units, observedRatio, expectedFailuresNeeded: needed } = guardrail;
  const ratio = observedRatio === undefined ? "" : `, ratio ${numberText(observedRatio)}`;
  const seen = `${failures} failures of ${units} units${ratio}`;
  switch (guardrail.verdict) {
    case "Failed":
      return `${metric} fails more often than the champion's (${seen}, E ${evidenceText(guardrail.logEHarm)})`;
    case "Successful":
      return `${metric} is below ${toleratedRatio} times the champion's (${seen}, E ${evidenceText(guardrail.logESafe)})`;
    case "Inconclusive": {
      if (guardrail.reason === undefined) return `${metric} is undecided (${seen})`;
      const wanted =
        needed === undefined ? "waits for units of both arms" : `needs about ${needed} failures to be judged`;
      return `${metric} ${wanted} (${seen})`;
    }
  }
}

/** An e-value for people; beyond a million only its size matters. */
function evidenceText(logE: number): string {
  return logE > Math.log(1e6) ? `10^${Math.floor(logE / Math.LN10)}` : numberText(Math.exp(logE));
}
