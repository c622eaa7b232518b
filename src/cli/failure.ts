import { FAILURES, messageOf, type FailureCode, type SlipwayError } from "../domain/errors.ts";

/** Exit code of a failure that is nobody's input: a fault in this program. */
export const EXIT_UNEXPECTED = 1;
/** Exit code of a command that followed a release to an end other than Promoted. */
export const EXIT_NOT_PROMOTED = 8;
/** Exit code of a command ended by Ctrl-C, as shells have it: 128 + SIGINT. */
export const EXIT_INTERRUPTED = 130;

/** A failure as the terminal and `--json` show it. */
export interface Failure {
  readonly code: FailureCode | "unexpected";
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly exit: number;
}

/** Says what was thrown in one paragraph, with its exit code. */
export function describeFailure(thrown: unknown): Failure {
  if (isSlipwayError(thrown))
    return { code: thrown.code, message: thrown.message, details: thrown.details, exit: FAILURES[thrown.code].exit };
  return {
    code: "unexpected",
    message: `Something went wrong that this program did not foresee: ${messageOf(thrown)}. Run again with --debug to see where.`,
    details: {},
    exit: EXIT_UNEXPECTED,
  };
}

// By shape and not by instanceof: the error may have come through another copy of the module.
function isSlipwayError(thrown: unknown): thrown is SlipwayError {
  return (
    thrown instanceof Error && thrown.name === "SlipwayError" && Object.hasOwn(FAILURES, (thrown as SlipwayError).code)
  );
}
