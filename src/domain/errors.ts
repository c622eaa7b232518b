/** Every way we can fail, and what each edge does about it: HTTP status, CLI exit code, retried by Temporal or not. */
export const FAILURES = {
  "spec.invalid": { http: 422, exit: 2, retry: false },
  "input.invalid": { http: 422, exit: 2, retry: false },
  "contract.invalid": { http: 422, exit: 2, retry: false },
  "data.missing": { http: 422, exit: 2, retry: false },
  "data.changed": { http: 409, exit: 4, retry: false },
  "pipeline.not-found": { http: 404, exit: 3, retry: false },
  "release.not-found": { http: 404, exit: 3, retry: false },
  "release.exists": { http: 409, exit: 4, retry: false },
  "version.not-found": { http: 404, exit: 3, retry: false },
  "job.not-found": { http: 404, exit: 3, retry: false },
  "job.name-conflict": { http: 409, exit: 4, retry: false },
  "server.unhealthy": { http: 502, exit: 5, retry: false },
  "registry.conflict": { http: 409, exit: 4, retry: false },
  "endpoint.not-granted": { http: 409, exit: 4, retry: false },
  "decision.refused": { http: 409, exit: 4, retry: false },
  "artifact.missing": { http: 404, exit: 3, retry: false },
  "artifact.corrupt": { http: 500, exit: 6, retry: false },
  "environment.failed": { http: 500, exit: 6, retry: false },
  "backend.unavailable": { http: 503, exit: 5, retry: true },
  "prerequisite.missing": { http: 500, exit: 7, retry: false },
} as const satisfies Record<string, { http: number; exit: number; retry: boolean }>;

export type FailureCode = keyof typeof FAILURES;

/** One problem of a document or an input: where it is and what to do about it. */
export interface Problem {
  /** Dotted path of the offending field, such as `train.resources.cpu`; empty for the whole document. */
  readonly path: string;
  readonly message: string;
  readonly file?: string;
  /** Counted from 1. */
  readonly line?: number;
  readonly column?: number;
}

/**
 * The only error class we throw. Branch on `code`, never on the message or on `instanceof` across a boundary.
 * `details` must be JSON and must hold no secret.
 */
export class SlipwayError extends Error {
  override readonly name = "SlipwayError";
  readonly code: FailureCode;
  readonly details: Readonly<Record<string, unknown>>;
  constructor(code: FailureCode, message: string, details: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

/** The text of whatever was thrown, without a stack. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
