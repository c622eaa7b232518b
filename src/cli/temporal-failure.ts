import { isRecord } from "../domain/json.ts";
import { messageOf, SlipwayError } from "../domain/errors.ts";

/** Codes of gRPC, https://grpc.github.io/grpc/core/md_doc_statuscodes.html. */
const GRPC = {
  ok: 0,
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** Where the call went. */
export interface ServerPlace {
  readonly address: string;
  readonly namespace: string;
}

/** What a failed call to the Temporal server means for the person at the terminal. Errors of ours pass unchanged. */
export function toSlipwayError(thrown: unknown, place: ServerPlace): unknown {
  if (thrown instanceof SlipwayError || !(thrown instanceof Error)) return thrown;
  switch (thrown.name) {
    case "WorkflowNotFoundError":
      return notFound(thrown, place);
    case "WorkflowExecutionAlreadyStartedError":
      return new SlipwayError(
        "release.exists",
        `A release with this id exists already: ${workflowIdOf(thrown)}. A release id names one release for ever; choose another --id.`,
        {},
        thrown,
      );
    case "QueryNotRegisteredError":
      return new SlipwayError(
        "release.not-found",
        "There is a workflow with this id, but it is no release (it knows no status). See the releases with: slipway list",
        {},
        thrown,
      );
    case "WorkflowUpdateRPCTimeoutOrCancelledError":
      return new SlipwayError(
        "backend.unavailable",
        "No worker answered in time. Is one running (slipway up)? The message may still be taken when it is back; see with: slipway status",
        {},
        thrown,
      );
    case "NamespaceNotFoundError":
      return new SlipwayError(
        "input.invalid",
        `The Temporal server at ${place.address} has no namespace ${place.namespace}. Set TEMPORAL_NAMESPACE.`,
        {},
        thrown,
      );
  }
  return fromStatus(thrown, place);
}

function fromStatus(thrown: Error, place: ServerPlace): unknown {
  switch (grpcStatusOf(thrown) ?? GRPC.ok) {
    case GRPC.notFound:
      return notFound(thrown, place);
    case GRPC.unavailable:
    case GRPC.deadlineExceeded:
    case GRPC.cancelled:
      return new SlipwayError(
        "backend.unavailable",
        `The Temporal server at ${place.address} does not answer. Start the embedded stack with \`slipway up\`, or set TEMPORAL_ADDRESS to a running server.`,
        { address: place.address },
        thrown,
      );
    case GRPC.permissionDenied:
    case GRPC.unauthenticated:
      return new SlipwayError(
        "input.invalid",
        `The Temporal server at ${place.address} refused access to namespace ${place.namespace}: ${messageOf(thrown)}. Set TEMPORAL_API_KEY, or the TLS variables, or TEMPORAL_PROFILE.`,
        {},
        thrown,
      );
    default:
      return thrown;
  }
}

function notFound(thrown: Error, place: ServerPlace): SlipwayError {
  const id = workflowIdOf(thrown);
  return new SlipwayError(
    "release.not-found",
    `No release ${id === "" ? "of this id" : id} on ${place.address} (namespace ${place.namespace}). See those that exist with: slipway list`,
    {},
    thrown,
  );
}

function workflowIdOf(thrown: unknown): string {
  return isRecord(thrown) && typeof thrown["workflowId"] === "string" ? thrown["workflowId"] : "";
}

/** The gRPC status of an error or of what caused it; the SDK wraps them one level deep or more. */
export function grpcStatusOf(thrown: unknown): number | undefined {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth += 1) {
    const { code } = error as { readonly code?: unknown };
    if (typeof code === "number") return code;
  }
  return undefined;
}

/** Did nobody answer in time: a server or a worker that is away, and may come back? */
export function isAway(thrown: unknown): boolean {
  return thrown instanceof SlipwayError && thrown.code === "backend.unavailable";
}
