import { readFileSync } from "node:fs";
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Session } from "./session.ts";
import { abortCommand, pauseCommand, promoteCommand, resumeCommand } from "./commands/act.ts";
import { auditCommand } from "./commands/audit.ts";
import { completionCommand } from "./commands/completion.ts";
import { approveCommand, rejectCommand } from "./commands/decide.ts";
import { demoCommand } from "./commands/demo.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { downCommand } from "./commands/down.ts";
import { envCommand } from "./commands/env.ts";
import { initCommand } from "./commands/init.ts";
import { listCommand } from "./commands/list.ts";
import { logsCommand } from "./commands/logs.ts";
import { registerCommand } from "./commands/register.ts";
import { registryCommand } from "./commands/registry.ts";
import { runCommand } from "./commands/run.ts";
import { schemaCommand } from "./commands/schema.ts";
import { statusCommand } from "./commands/status.ts";
import { upCommand } from "./commands/up.ts";
import { validateCommand } from "./commands/validate.ts";

const GROUPS = {
  "Get going": [initCommand, upCommand, downCommand, demoCommand, doctorCommand, envCommand],
  Pipelines: [validateCommand, schemaCommand, registerCommand],
  Releases: [runCommand, listCommand, statusCommand, logsCommand, auditCommand],
  "Decide and steer": [approveCommand, rejectCommand, pauseCommand, resumeCommand, promoteCommand, abortCommand],
  Registry: [registryCommand],
} as const;

/** The whole command line. Commander's own exits throw instead, so that the caller decides. */
export function createProgram(session: Session): CommandUnknownOpts {
  const program = new Command("slipway")
    .description("Durable releases of machine-learning models on Temporal: from data to production, with evidence.")
    .version(ownVersion(), "-V, --version", "print the version")
    .option("--json", "print JSON instead of text")
    .option("--debug", "print the stack of a failure")
    .option("--home <dir>", "folder of the embedded stack's state (default: SLIPWAY_HOME, else .slipway)")
    .helpOption("-h, --help", "show help")
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError("(--help shows how it is used)")
    .exitOverride()
    .addHelpText("after", EPILOGUE);
  for (const [group, commands] of Object.entries(GROUPS)) {
    program.commandsGroup(`${group}:`);
    for (const create of commands) program.addCommand(inherit(create(session), program));
  }
  program.commandsGroup("Shell:");
  program.addCommand(inherit(completionCommand(session, program), program));
  return program;
}

const EPILOGUE = `
Exit codes: 0 done · 1 unforeseen · 2 bad input · 3 not found · 4 refused or in conflict · 5 a server does not answer
            6 a fault of the environment · 7 something is not installed · 8 the followed release was not promoted

Start here:
  $ slipway init my-model && cd my-model
  $ slipway up                      # in a second terminal
  $ slipway run --watch`;

// Settings of the parent reach only commands made by its own .command(); ours are made apart, one file each.
function inherit(command: CommandUnknownOpts, parent: CommandUnknownOpts): CommandUnknownOpts {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inherit(child, command);
  return command;
}

function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    readonly version: string;
  };
  return version;
}
