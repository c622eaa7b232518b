import { SlipwayError, type FailureCode, type Problem } from "../domain/errors.ts";

/**
 * The problems as people read them, one a line: `slipway.yaml:12:5 train.resources.cpu: must be a number, …`.
 * Without a file or a place, the path alone stands in front.
 */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.map(formatProblem).join("\n");
}

function formatProblem(problem: Problem): string {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(":");
  const head = [place, problem.path === "" ? "" : `${problem.path}:`].filter((part) => part !== "").join(" ");
  return head === "" ? problem.message : `${head}${problem.path === "" ? ":" : ""} ${problem.message}`;
}

/** The one error that carries all problems of a document, in `details.problems`. */
export function problemsError(
  code: Extract<FailureCode, "spec.invalid" | "input.invalid" | "contract.invalid">,
  problems: readonly Problem[],
): SlipwayError {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return new SlipwayError(code, `${count}:\n${formatProblems(problems)}`, { problems });
}
