import type { WorkflowExecutionDescription } from "@temporalio/client";
import { messageOf, SlipwayError } from "../../domain/errors.ts";
import type { ReleaseResult } from "../../domain/release.ts";
import { describeRelease, queryStatus } from "../releases.ts";
import { isAway } from "../temporal-failure.ts";
import type { TemporalLink } from "../temporal-link.ts";
import { readJobBeat, readStepBeat, type JobBeat, type RetryBeat, type StepBeat } from "./beats.ts";
import type { ReleaseEnd, ReleaseSnapshot } from "./snapshot.ts";

const AWAY = "No worker answers now; jobs and model servers go on without one. Is `slipway up` running?";

/**
 * Looks at a release now. While the server or the workers are away it says so and keeps what `last` knew.
 * @throws {SlipwayError} `release.not-found`
 */
export async function takeSnapshot(
  link: TemporalLink,
  release: string,
  last?: ReleaseSnapshot,
): Promise<ReleaseSnapshot> {
  const atMs = Date.now();
  try {
    const description = await describeRelease(link, release);
    const isOpen = description.status.name === "RUNNING";
    const problems = reportedProblems(description);
    // A workflow whose tasks fail cannot be queried: the call would only wait for its deadline.
    const status = problems === undefined ? await queryStatus(link, release, description.runId) : undefined;
    const step = isOpen ? await readStep(link, description) : undefined;
    const end = isOpen ? undefined : await readEnd(link, description);
    const known = status ?? last?.status;
    return {
      release,
      atMs,
      startedAtMs: description.startTime.getTime(),
      isOpen,
      jobs: isOpen ? jobsOf(description) : [],
      retries: isOpen ? retriesOf(description) : [],
      ...(known === undefined ? {} : { status: known }),
      ...(step === undefined ? {} : { step }),
      ...(end === undefined ? {} : { end }),
      ...(status === undefined && isOpen ? { trouble: problems ?? AWAY } : {}),
    };
  } catch (error) {
    if (!isAway(error) || last === undefined) throw error;
    return { ...last, atMs, trouble: `${messageOf(error)} Jobs and model servers go on; still trying.` };
  }
}

/** What the server reports of a workflow whose tasks fail again and again, such as after a change of its code. */
function reportedProblems({ searchAttributes }: WorkflowExecutionDescription): string | undefined {
  const reported = searchAttributes["TemporalReportedProblems"];
  if (!Array.isArray(reported) || reported.length === 0) return undefined;
  return `The worker cannot go on with it (${reported.join(", ")}); see the worker's log.`;
}

// The roll-out is a child; the server lists it with the parent for as long as it is open.
async function readStep(link: TemporalLink, parent: WorkflowExecutionDescription): Promise<StepBeat | undefined> {
  const child = parent.raw.pendingChildren?.find((pending) => pending.workflowId?.includes("/rollout/"));
  const id = child?.workflowId;
  if (typeof id !== "string") return undefined;
  try {
    const description = await link.ask((client) => client.workflow.getHandle(id).describe());
    return activitiesOf(description)
      .flatMap((activity) => readStepBeat(detailsOf(activity)) ?? [])
      .at(-1);
  } catch (error) {
    // It may have ended since it was listed.
    if (error instanceof SlipwayError && error.code === "release.not-found") return undefined;
    throw error;
  }
}

type Activity = NonNullable<WorkflowExecutionDescription["raw"]["pendingActivities"]>[number];

function activitiesOf(description: WorkflowExecutionDescription): readonly Activity[] {
  return description.raw.pendingActivities ?? [];
}

function jobsOf(description: WorkflowExecutionDescription): readonly JobBeat[] {
  return activitiesOf(description).flatMap((activity) => {
    const beat = readJobBeat(detailsOf(activity));
    const heardAtMs = millisecondsOf(activity.lastHeartbeatTime);
    if (beat === undefined) return [];
    return [heardAtMs === undefined ? beat : { ...beat, heardAtMs }];
  });
}

function retriesOf(description: WorkflowExecutionDescription): readonly RetryBeat[] {
  return activitiesOf(description).flatMap(({ activityType, attempt, lastFailure }) => {
    const message = lastFailure?.cause?.message ?? lastFailure?.message;
    if (typeof attempt !== "number" || attempt < 2 || typeof message !== "string") return [];
    return [{ activity: activityType?.name ?? "an activity", attempt, message }];
  });
}

function detailsOf(activity: Activity): unknown {
  const bytes = activity.heartbeatDetails?.payloads?.[0]?.data;
  if (bytes === undefined || bytes === null) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch {
    // Details of another kind or encrypted: shown as absent, never an error of the one who watches.
    return undefined;
  }
}

function millisecondsOf(time: Activity["lastHeartbeatTime"]): number | undefined {
  if (time === undefined || time === null) return undefined;
  return Number(time.seconds ?? 0) * 1_000 + (time.nanos ?? 0) / 1_000_000;
}

async function readEnd(link: TemporalLink, description: WorkflowExecutionDescription): Promise<ReleaseEnd> {
  const atMs = description.closeTime?.getTime() ?? Date.now();
  const handleOf = { workflowId: description.workflowId, runId: description.runId };
  try {
    const result = await link.ask(
      (client) => client.workflow.getHandle(handleOf.workflowId, handleOf.runId).result() as Promise<ReleaseResult>,
    );
    return { kind: "concluded", result, atMs };
  } catch (error) {
    if (isAway(error)) throw error;
    return { kind: "failed", message: rootMessage(error), atMs };
  }
}

/** The innermost message: the SDK wraps the reason in one or two layers that only say that it failed. */
function rootMessage(thrown: unknown): string {
  return thrown instanceof Error && thrown.cause instanceof Error ? rootMessage(thrown.cause) : messageOf(thrown);
}
