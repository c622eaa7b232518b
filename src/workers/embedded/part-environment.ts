import { join } from "node:path";
import type { StackAddresses } from "./part.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The variables that tell every program where this stack is; the content of `<home>/env`, and part of the environment
 * of the stack's own processes. SLIPWAY_DATABASE_URL holds a password.
 */
export function stackVariables(home: string, addresses: StackAddresses): Readonly<Record<string, string>> {
  return {
    TEMPORAL_ADDRESS: addresses.temporalAddress,
    TEMPORAL_NAMESPACE: addresses.temporalNamespace,
    // Without it a profile of the user's own (another address, TLS, an API key) would be mixed in.
    TEMPORAL_CONFIG_FILE: temporalConfigFile(home),
    SLIPWAY_TEMPORAL_CLI: addresses.temporalCli,
    SLIPWAY_HOME: home,
    SLIPWAY_DATABASE_URL: addresses.databaseUrl,
    SLIPWAY_GATEWAY_URL: addresses.gatewayUrl,
    SLIPWAY_GATEWAY_ADMIN_URL: addresses.gatewayAdminUrl,
    SLIPWAY_UI_URL: addresses.uiUrl,
    SLIPWAY_POLICY: "development",
    SLIPWAY_PROFILE: "embedded",
  };
}

/** All addresses, once every part has told its own. @throws {TypeError} naming those that are missing */
export function wholeAddresses(told: Partial<StackAddresses>): StackAddresses {
  const { temporalAddress, temporalNamespace, temporalCli, uiUrl, databaseUrl, gatewayUrl, gatewayAdminUrl } = told;
  const all = { temporalAddress, temporalNamespace, temporalCli, uiUrl, databaseUrl, gatewayUrl, gatewayAdminUrl };
  const missing = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [name] : []));
  if (missing.length > 0) throw new TypeError(`no part has told ${missing.join(", ")}`);
  return all as StackAddresses; // each was just checked
}

export function temporalConfigFile(home: string): string {
  return join(home, "temporal", "temporal.toml");
}

/** The text of that file: the one profile that Temporal's SDK and CLI read by default. */
export function temporalProfile(addresses: Pick<StackAddresses, "temporalAddress" | "temporalNamespace">): string {
  return `[profile.default]\naddress = "${addresses.temporalAddress}"\nnamespace = "${addresses.temporalNamespace}"\n`;
}

/** What a process of the stack inherits: everything but settings of some other Temporal or Slipway. */
export function withoutForeignSettings(environment: Environment): Record<string, string | undefined> {
  const keep = new Set(["SLIPWAY_LOG_LEVEL", "SLIPWAY_CPU_SLOTS", "SLIPWAY_GPU_SLOTS"]);
  const entries = Object.entries(environment).filter(
    ([name]) => keep.has(name) || !(name.startsWith("TEMPORAL_") || name.startsWith("SLIPWAY_")),
  );
  return Object.fromEntries(entries);
}

/** The text of `<home>/env`: KEY=value lines that a shell can read (`set -a; . .slipway/env`). */
export function environmentFile(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${shellWord(value)}\n`)
    .join("");
}

/** Quoted only where a shell would split or expand it. */
function shellWord(value: string): string {
  return /^[\w@%+=:,./-]+$/u.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
