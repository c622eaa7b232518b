import { z } from "zod";
import type { Problem } from "../domain/errors.ts";
import type { ReleaseInput } from "../domain/release.ts";
import { closed } from "./closed-object.ts";
import { AnyJson, Name, WholeNumber } from "./fields.ts";
import { findingsOf, nowhere, problemsAt } from "./issue-problems.ts";
import { jsonFaults } from "./json-faults.ts";
import { present } from "./present.ts";

const Claim = z.string().min(1).max(200);

const Input = closed({
  pipeline: Name.optional(),
  revision: WholeNumber.positive().optional(),
  spec: z.record(z.string(), AnyJson).optional(),
  set: z.record(z.string().min(1).max(500), AnyJson).optional(),
  requestedBy: Claim.optional(),
  trigger: Claim.optional(),
});

/**
 * What `releaseModel` was started with, from whatever the caller sent. `input` is there exactly when there are no
 * problems. The spec within it is not checked here: `set` comes first. Never throws.
 */
export function parseReleaseInput(value: unknown): {
  readonly input?: ReleaseInput;
  readonly problems: readonly Problem[];
} {
  if (value === undefined || value === null) {
    return { problems: [{ path: "", message: 'the input is missing; start the release with {"pipeline": "NAME"}' }] };
  }
  const faults = jsonFaults(value);
  if (faults.length > 0) return { problems: problemsAt(faults, nowhere) };
  const parsed = Input.safeParse(value, { reportInput: true });
  if (!parsed.success) return { problems: problemsAt(findingsOf(parsed.error.issues), nowhere) };
  const { pipeline, revision, spec } = parsed.data;
  if (pipeline === undefined && spec === undefined) {
    return {
      problems: [
        { path: "", message: "must have pipeline (a registered name) or spec (a whole slipway.yaml as JSON)" },
      ],
    };
  }
  if (pipeline === undefined && revision !== undefined) {
    return { problems: [{ path: "revision", message: "needs pipeline, whose revision it is" }] };
  }
  const input = present<ReleaseInput>({ ...parsed.data, spec: spec });
  return { input, problems: [] };
}
