import type { Conclusion, GateAction, GateReport } from "../domain/verdict.ts";
import type { GateVerdict } from "./judge.ts";

/**
 * What do the verdicts come to, by their gates' actions? The strictest action counts. Nothing judged blocks: a
 * release that no gate has looked at has shown nothing.
 */
export function conclude(
  judged: readonly GateVerdict[],
  subject: Omit<GateReport, "conclusion" | "verdicts">,
): GateReport {
  const verdicts = judged.map((one) => ({ ...one.verdict, action: actionOn(one) }));
  return { conclusion: strictest(verdicts.map(({ action }) => action)), verdicts, ...subject };
}

/** What a verdict asks for. An `Error` always blocks, whatever the gate says: nobody chose to go on without knowing. */
export function actionOn({ gate, verdict }: GateVerdict): "pass" | GateAction {
  switch (verdict.status) {
    case "Successful":
      return "pass";
    case "Warning":
      return "warn";
    case "Failed":
      return gate.onFail;
    case "Inconclusive":
      return verdict.reason === "noBaseline" ? gate.onNoBaseline : gate.onInconclusive;
    case "Error":
      return "block";
  }
}

function strictest(actions: readonly ("pass" | GateAction)[]): Conclusion {
  if (actions.length === 0 || actions.includes("block")) return "block";
  return actions.includes("requireApproval") ? "requireApproval" : "pass";
}
