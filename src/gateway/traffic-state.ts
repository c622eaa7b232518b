import { z } from "zod";
import type { Problem } from "../domain/errors.ts";
import { SlipwayError } from "../domain/errors.ts";
import type { TrafficState } from "../domain/traffic.ts";

/** Names go into paths of URLs and files. */
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/u, {
  error: "must begin with a letter or digit and hold at most 63 letters, digits, dots, hyphens and underscores",
});
const percent = z.number().min(0).max(100);
const visible = z.string().regex(/^[\u0021-\u007e]{1,200}$/u, {
  error: "must be 1 to 200 visible ASCII characters: it goes into a header",
});

const Arm = z.strictObject({
  modelVersion: visible,
  address: z.url({ protocol: /^http$/u, error: "must be an http:// base URL" }),
});

const RoutingKey = z.union(
  [z.strictObject({ header: z.string().min(1).max(100) }), z.strictObject({ bodyField: z.string().min(1).max(200) })],
  { error: "must be {header} or {bodyField}" },
);

const DecisionRule = z.strictObject({
  output: z.string().min(1).max(200),
  rule: z.union([z.strictObject({ threshold: z.number() }), z.literal("argmax"), z.literal("value")], {
    error: `must be {threshold}, "argmax" or "value"`,
  }),
});

const State = z
  .strictObject({
    environment: name,
    endpoint: name,
    generation: z.int().min(0),
    champion: Arm.exactOptional(),
    candidate: Arm.exactOptional(),
    candidatePercent: percent,
    mirrorPercent: percent,
    rolloutId: z.string().min(1).max(500).exactOptional(),
    stage: z.int().min(0).max(10_000),
    routingKey: RoutingKey.exactOptional(),
    slowAfterMs: z.number().positive().exactOptional(),
    timeoutMs: z.int().min(1).max(86_400_000),
    decision: DecisionRule.exactOptional(),
  })
  .refine((state) => state.candidatePercent === 0 || state.candidate !== undefined, {
    path: ["candidatePercent"],
    error: "is above 0 without a candidate: name the candidate or set 0",
  });

/**
 * Reads a traffic state that came from outside.
 *
 * @throws {SlipwayError} `input.invalid` with all `problems` in its details
 */
export function parseTrafficState(content: unknown): TrafficState {
  const parsed = State.safeParse(content);
  if (parsed.success) return parsed.data;
  const problems: Problem[] = parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
  const listed = problems.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
  throw new SlipwayError("input.invalid", `Not a traffic state: ${listed.join("; ")}`, { problems });
}
