import { resolve } from "node:path";
import { z } from "zod";
import { SlipwayError } from "./domain/errors.ts";

const text = z.string().min(1);

const Environment = z.object({
  SLIPWAY_HOME: text.optional(),
  SLIPWAY_DATABASE_URL: text.optional(),
  SLIPWAY_GATEWAY_URL: z.url().optional(),
  SLIPWAY_GATEWAY_ADMIN_URL: z.url().optional(),
  SLIPWAY_UI_URL: z.url().optional(),
  SLIPWAY_POLICY: z.enum(["standard", "development"]).optional(),
  SLIPWAY_PROFILE: z.enum(["embedded", "scale"]).optional(),
  SLIPWAY_TEMPORAL_CLI: text.optional(),
  SLIPWAY_LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).optional(),
  SLIPWAY_CPU_SLOTS: z.coerce.number().int().positive().optional(),
  SLIPWAY_GPU_SLOTS: z.coerce.number().int().nonnegative().optional(),
});

/** Where everything is. Paths are absolute. Temporal's own settings (TEMPORAL_ADDRESS …) are read by its envconfig. */
export interface Config {
  /** All state of the embedded stack: `.slipway` below the working directory unless SLIPWAY_HOME says otherwise. */
  readonly home: string;
  readonly databaseUrl: string | undefined;
  readonly gatewayUrl: string | undefined;
  readonly gatewayAdminUrl: string | undefined;
  readonly uiUrl: string | undefined;
  /** `development` allows approving one's own release, marked in every record. */
  readonly policy: "standard" | "development";
  /** `embedded`: short heartbeats for one machine; `scale`: those for clusters. */
  readonly profile: "embedded" | "scale";
  readonly temporalCli: string | undefined;
  readonly logLevel: "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";
  readonly cpuSlots: number | undefined;
  readonly gpuSlots: number | undefined;
}

/**
 * Reads the whole configuration once, at start. Only main files call this; everything else is handed what it needs.
 * @throws {SlipwayError} `input.invalid`, naming every wrong variable at once and never its value
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>, cwd: string): Config {
  const parsed = Environment.safeParse(env);
  if (!parsed.success) {
    const names = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new SlipwayError("input.invalid", `Bad configuration in the environment:\n  ${names.join("\n  ")}`);
  }
  const found = parsed.data;
  return Object.freeze({
    home: resolve(cwd, found.SLIPWAY_HOME ?? ".slipway"),
    databaseUrl: found.SLIPWAY_DATABASE_URL,
    gatewayUrl: found.SLIPWAY_GATEWAY_URL,
    gatewayAdminUrl: found.SLIPWAY_GATEWAY_ADMIN_URL,
    uiUrl: found.SLIPWAY_UI_URL,
    policy: found.SLIPWAY_POLICY ?? "standard",
    profile: found.SLIPWAY_PROFILE ?? "scale",
    temporalCli: found.SLIPWAY_TEMPORAL_CLI,
    logLevel: found.SLIPWAY_LOG_LEVEL ?? "info",
    cpuSlots: found.SLIPWAY_CPU_SLOTS,
    gpuSlots: found.SLIPWAY_GPU_SLOTS,
  });
}
