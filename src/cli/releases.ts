import type { Client, WorkflowExecutionDescription } from "@temporalio/client";
import { SlipwayError } from "../domain/errors.ts";
import { WORKFLOWS } from "../domain/messages.ts";
import type { ReleaseStatus } from "../domain/release.ts";
import { status } from "../client.ts";
import { isAway } from "./temporal-failure.ts";
import type { TemporalLink } from "./temporal-link.ts";

/** How long a worker may take to answer a query before we call it away. */
const QUERY_DEADLINE_MS = 4_000;

/**
 * What the server knows of a release.
 * @throws {SlipwayError} `release.not-found` when the id is unknown or names another kind of workflow
 */
export async function describeRelease(link: TemporalLink, release: string): Promise<WorkflowExecutionDescription> {
  const description = await link.ask((client) => client.workflow.getHandle(release).describe());
  if (description.type !== WORKFLOWS.releaseModel)
    throw new SlipwayError(
      "release.not-found",
      `${release} is a workflow of type ${description.type}, not a release. See the releases with: slipway list`,
    );
  return description;
}

/**
 * The release, when it is still open.
 * @throws {SlipwayError} `release.not-found`, or `decision.refused` when it has ended and nothing can move it any more
 */
export async function requireOpenRelease(link: TemporalLink, release: string): Promise<WorkflowExecutionDescription> {
  const description = await describeRelease(link, release);
  if (description.status.name !== "RUNNING")
    throw new SlipwayError(
      "decision.refused",
      `Release ${release} has ended (${description.status.name.toLowerCase()}): nothing is left to decide or to steer. See how it ended with: slipway status ${release}`,
    );
  return description;
}

/** The release's own word on where it stands; undefined when no worker answers now. */
export async function queryStatus(
  link: TemporalLink,
  release: string,
  runId?: string,
): Promise<ReleaseStatus | undefined> {
  try {
    return await link.ask((client) => client.workflow.getHandle(release, runId).query(status), QUERY_DEADLINE_MS);
  } catch (error) {
    if (isAway(error)) return undefined;
    throw error;
  }
}

/** The id of the release that began last. @throws {SlipwayError} `release.not-found` when there is none */
export async function newestRelease(link: TemporalLink): Promise<string> {
  const first = await link.ask(async (client: Client) => {
    for await (const found of client.workflow.list({
      query: `WorkflowType = '${WORKFLOWS.releaseModel}'`,
      pageSize: 1,
    }))
      return found.workflowId;
    return undefined;
  });
  if (first !== undefined) return first;
  throw new SlipwayError("release.not-found", "There is no release yet. Start one with: slipway run");
}
