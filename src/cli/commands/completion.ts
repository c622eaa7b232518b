import { Argument, Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { completionScript, type Completable } from "../completion-script.ts";
import type { Session } from "../session.ts";

/** `slipway completion` */
export function completionCommand(session: Session, program: CommandUnknownOpts): CommandUnknownOpts {
  return new Command("completion")
    .description("Prints a script with which the shell completes commands and options.")
    .summary("print a completion script for the shell")
    .addArgument(new Argument("<shell>", "which shell").choices(["bash", "zsh"] as const))
    .addHelpText("after", "\nExamples:\n  $ source <(slipway completion bash)\n  $ source <(slipway completion zsh)")
    .action((shell, _options, command) =>
      session(command, ({ output }) => {
        const script = completionScript(shell, completables(program, []));
        output.result({ shell, script }, () => script);
        return Promise.resolve(0);
      }),
    );
}

function completables(command: CommandUnknownOpts, path: readonly string[]): readonly Completable[] {
  const children = command.commands.map((child) => child.name());
  const options = command.options.flatMap(({ long }) => (typeof long === "string" ? [long] : []));
  return [
    { path, words: [...children, ...options, "--help"] },
    ...command.commands.flatMap((child) => completables(child, [...path, child.name()])),
  ];
}
