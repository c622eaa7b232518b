import type { ReleaseOutcome } from "../../domain/release.ts";
import type { Colors } from "../terminal.ts";
import type { ReleaseEnd } from "./snapshot.ts";

/** How a release ended, in one line. */
export function endText(release: string, end: ReleaseEnd, colors: Colors): string {
  if (end.kind === "failed") return `${colors.red("Failed")}  ${release}: ${end.message}`;
  const { outcome, message, version } = end.result;
  const name = version === undefined ? release : `${release} (version ${version})`;
  return `${outcomeColor(outcome, colors)(outcome)}  ${name}: ${message}`;
}

/** Green for what serves, yellow for what people or time decided, red for what failed. */
export function outcomeColor(outcome: ReleaseOutcome, colors: Colors): (text: string) => string {
  switch (outcome) {
    case "Promoted":
      return colors.green;
    case "Rejected":
    case "Expired":
    case "Aborted":
    case "Superseded":
    case "RolledBack":
      return colors.yellow;
    case "GateFailed":
    case "JobFailed":
      return colors.red;
  }
}
