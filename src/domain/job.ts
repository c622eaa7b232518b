import type { Digest, Json } from "./json.ts";

/** Why an attempt ended, by evidence. `unknown` never counts and never restarts anything. */
export type FailureClass =
  | "yielded"
  | "preempted"
  | "nodeLost"
  | "outOfMemory"
  | "misconfigured"
  | "deadline"
  | "stalled"
  | "userError"
  | "deletedExternally"
  | "cancelled";

/** The separate purses that failures are paid from. */
export type Budget = "preemption" | "infra" | "user";

/** How many further attempts each purse pays for. */
export type Budgets = Readonly<Record<Budget, number>>;

export const DEFAULT_BUDGETS: Budgets = { preemption: 50, infra: 5, user: 0 };

/** What a job may use. `gpus` are whole devices. */
export interface Resources {
  readonly cpus: number;
  readonly gpus: number;
  readonly memoryBytes?: number;
}

/** User code that runs to an end: training, evaluation, preparation. Resolved: nothing here depends on the machine. */
export interface JobSpec {
  readonly name: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly parameters: { readonly [key: string]: Json };
  /** Names of data sets and of earlier jobs whose files the job reads. */
  readonly inputs: readonly string[];
  readonly resources: Resources;
  /** Higher runs first when slots are short; 0 is ordinary. */
  readonly priority: number;
  readonly seed: number;
  readonly budgets: Budgets;
  readonly graceMs: number;
  /** Longest time in the state running, summed over no attempts: each attempt has its own. */
  readonly deadlineMs?: number;
  /** Longest silence of the progress file while running. */
  readonly stallTimeoutMs?: number;
  /** What the spec promises of the script, in its own steps; shown, and the bound of lost work. */
  readonly checkpointIntervalSteps?: number;
}

/** A line of the progress file, tolerantly read. Metric values that are not finite arrive as strings. */
export interface Progress {
  readonly step: number;
  readonly total?: number;
  readonly metrics?: Readonly<Record<string, number | string>>;
}

/** A committed checkpoint whose files were hashed by the supervisor. */
export interface CheckpointRef {
  readonly step: number;
  /** Digest of the checkpoint's manifest. */
  readonly digest: Digest;
  readonly fence: string;
}

/** How one attempt ended. Small: it goes into the history. */
export type AttemptOutcome =
  | {
      readonly status: "succeeded";
      /** Digest of the output tree's file manifest in the artifact store. */
      readonly output: Digest;
      readonly lastStep?: number;
      readonly startedAtMs: number;
      readonly endedAtMs: number;
    }
  | {
      readonly status: "failed";
      readonly failureClass: FailureClass;
      readonly message: string;
      /** The script's own word in error.json: false forbids, true allows a further attempt on the user budget. */
      readonly retryable?: boolean;
      readonly exitCode?: number;
      readonly signal?: string;
      readonly lastStep?: number;
      /** The newest verified checkpoint at the attempt's end. */
      readonly checkpoint?: CheckpointRef;
      readonly startedAtMs?: number;
      readonly endedAtMs: number;
    };

/** What has been spent so far, by purse. */
export type Spent = Budgets;

export const NOTHING_SPENT: Spent = { preemption: 0, infra: 0, user: 0 };

/** Which purse pays for another attempt after an end of this class; undefined: none may. */
export function budgetFor(failureClass: FailureClass, spent: Spent): Budget | undefined {
  switch (failureClass) {
    case "yielded":
    case "preempted":
      return "preemption";
    case "nodeLost":
      return "infra";
    case "stalled":
    case "deletedExternally":
      return spent.infra === 0 ? "infra" : "user";
    case "outOfMemory":
    case "deadline":
    case "userError":
      return "user";
    case "misconfigured":
    case "cancelled":
      return undefined;
  }
}

/**
 * May attempt n+1 start after this end, and what is spent then? Undefined: the job has failed.
 * A script that says `retryable: false` ends the job whatever is left; `retryable: true` draws on the infra purse.
 */
export function spendForRetry(
  failed: Extract<AttemptOutcome, { status: "failed" }>,
  budgets: Budgets,
  spent: Spent,
): Spent | undefined {
  if (failed.retryable === false) return undefined;
  const natural = budgetFor(failed.failureClass, spent);
  const budget = natural === "user" && failed.retryable === true ? "infra" : natural;
  if (budget === undefined || spent[budget] >= budgets[budget]) return undefined;
  return { ...spent, [budget]: spent[budget] + 1 };
}
