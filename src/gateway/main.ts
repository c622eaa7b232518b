import { parseArgs } from "node:util";
import { pino } from "pino";
import { readConfig } from "../config.ts";
import { FAILURES, messageOf, SlipwayError } from "../domain/errors.ts";
import { startGateway } from "./gateway.ts";

const USAGE = "Usage: main.js --port N --admin-port N --state DIR   (a port of 0: any free one)";

/** Runs the gateway until SIGTERM or SIGINT. Says where it serves in one JSON line; logs to standard error. */
async function main(): Promise<void> {
  const { logLevel } = readConfig(process.env, process.cwd());
  const log = pino({ name: "gateway", level: logLevel }, pino.destination({ fd: 2, sync: true }));
  const { port, adminPort, stateDir } = readArguments(process.argv.slice(2));
  const gateway = await startGateway({ port, adminPort, stateDir, log });
  process.stdout.write(`${JSON.stringify(gateway.process)}\n`);
  let isStopping = false;
  const stop = (signal: string): void => {
    if (isStopping) return;
    isStopping = true;
    log.info({ signal }, "stopping");
    gateway.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ error: messageOf(error) }, "could not write everything down");
        process.exit(FAILURES["environment.failed"].exit);
      },
    );
  };
  process.on("SIGTERM", () => stop("SIGTERM"));
  process.on("SIGINT", () => stop("SIGINT"));
}

function readArguments(args: readonly string[]): {
  readonly port: number;
  readonly adminPort: number;
  readonly stateDir: string;
} {
  const { values } = parseArgs({
    args: [...args],
    options: { port: { type: "string" }, "admin-port": { type: "string" }, state: { type: "string" } },
  });
  if (values.state === undefined) throw new SlipwayError("input.invalid", `--state is missing. ${USAGE}`);
  return {
    port: portOf("port", values.port),
    adminPort: portOf("admin-port", values["admin-port"]),
    stateDir: values.state,
  };
}

function portOf(name: string, text: string | undefined): number {
  const port = Number(text);
  if (text !== undefined && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new SlipwayError("input.invalid", `--${name} must be 0 to 65535, not ${text ?? "absent"}. ${USAGE}`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(error instanceof SlipwayError ? FAILURES[error.code].exit : 1);
});
