import { z } from "zod";
import { closed, type LaterKeys } from "./closed-object.ts";
import { AnyJson, Command, Duration, Environment, PackedPath, WholeNumber } from "./fields.ts";

const HttpPath = z.string().regex(/^\/[^\s?#]*$/u, { error: "must be an HTTP path such as /v2/health/ready" });

const Smoke = closed({
  path: HttpPath.describe("HTTP path of the request."),
  body: AnyJson.optional().describe("The JSON that is posted."),
  bodyFile: PackedPath.optional().describe("A JSON file within the pipeline's folder, instead of body."),
}).describe("One request that must be answered with 200 before the server gets traffic.");

const LATER_SERVE_KEYS: LaterKeys = {
  image: "give a command, and install what it needs with python.requirements",
  replicas: "one server runs for each version",
  resources: "leave it out",
  autoscale: "one server runs for each version",
  package: "the model's files are packaged as they are",
};

export const Serving = closed(
  {
    command: Command.describe("The server: it listens on 127.0.0.1 at SLIPWAY_PORT and reads SLIPWAY_MODEL_DIR."),
    env: Environment.default({}).describe("Plain environment variables. Not for secrets: they are recorded."),
    ready: HttpPath.default("/v2/health/ready").describe("HTTP path that answers 200 when the server is ready."),
    startTimeout: Duration.default("60s").describe("How long the server may take until it is ready."),
    smoke: Smoke.optional(),
  },
  LATER_SERVE_KEYS,
);

export const Approval = closed(
  {
    requiredApprovals: WholeNumber.min(1)
      .max(10)
      .optional()
      .describe("How many people must approve; 1 by default, 2 when the risk is high."),
    expiresAfter: Duration.default("24h").describe("An undecided release ends after this time."),
    requireReason: z
      .boolean()
      .optional()
      .describe("Must a decision give its reason? By default only when the risk is high."),
  },
  {
    stages: "give requiredApprovals",
    roles: "give requiredApprovals",
    approvers: "give requiredApprovals",
    minAssurance: "decisions are signals and updates of Temporal; restrict who may send them there",
    allowSelfApproval: "it follows the policy of the installation (SLIPWAY_POLICY)",
    vetoes: "any rejection ends the release",
    signatures: "decisions are signals and updates of Temporal",
  },
);
