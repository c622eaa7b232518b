import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { FAILURES, SlipwayError } from "../../domain/errors.ts";
import { endpointWorkflowId, UPDATES, type RollbackAnswer, type RollbackMessage } from "../../domain/messages.ts";
import { listAliasMoves } from "../../registry/aliases.ts";
import type { Database } from "../../registry/database.ts";
import { listEndpoints, type EndpointRecord } from "../../registry/endpoints.ts";
import { getVersion } from "../../registry/versions.ts";
import type { Context } from "../context.ts";
import { examples } from "../examples.ts";
import { localPerson } from "../person.ts";
import type { Session } from "../session.ts";

/** The earlier version's server must start and answer first. */
const ROLLBACK_DEADLINE_MS = 120_000;

interface RollbackOptions {
  readonly environment?: string;
  readonly by?: string;
  readonly reason?: string;
}

/** `slipway registry rollback` */
export function registryRollbackCommand(session: Session): CommandUnknownOpts {
  return new Command("rollback")
    .description(
      "Serves an earlier version again, at once: a roll-out in progress is called off, the version's server is started and all " +
        "traffic goes to it. Never behind a gate or an approval; recorded with who and why.",
    )
    .summary("serve an earlier version again")
    .argument("<model>", "name of the model")
    .argument("<version>", "a number (1.2.0), a digest, an alias, or previous: the champion before this one")
    .option("--environment <name>", "where, when the model serves in several")
    .option("--by <who>", "who asks (default: this machine's account, as user@host)")
    .option("--reason <text>", "why; kept in every record")
    .addHelpText(
      "after",
      examples(
        'registry rollback employment previous --reason "wrong on older people"',
        "registry rollback employment 1.0.0 --environment production",
      ),
    )
    .action((model, version, options, command) =>
      session(command, (context) => rollback(context, model, version, options)),
    );
}

async function rollback(context: Context, model: string, reference: string, options: RollbackOptions): Promise<number> {
  const db = await context.registry();
  const { environment, endpoint } = chooseEndpoint(await listEndpoints(db), model, options.environment);
  const wanted = reference === "previous" ? await championBefore(db, model, environment) : reference;
  const { version } = await getVersion(db, model, wanted);
  const message: RollbackMessage = {
    to: version,
    by: options.by ?? localPerson(),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
  };
  const link = await context.temporal();
  const answer = await link.ask(
    (client) =>
      client.workflow
        .getHandle(endpointWorkflowId(environment, endpoint))
        .executeUpdate<RollbackAnswer, [RollbackMessage]>(UPDATES.rollback, { args: [message] }),
    ROLLBACK_DEADLINE_MS,
  );
  const { colors } = context.output.out;
  context.output.result({ model, environment, endpoint, ...message, ...answer }, () =>
    answer.accepted
      ? `${colors.green("Rolled back")} ${environment}/${endpoint} to ${model} ${version}. ${answer.reason}`
      : `Rollback to ${model} ${version}: ${colors.red("denied")}. ${answer.reason}`,
  );
  return answer.accepted ? 0 : FAILURES["decision.refused"].exit;
}

/** The version that was champion before the present one. */
async function championBefore(db: Database, model: string, environment: string): Promise<string> {
  const moves = await listAliasMoves(db, model);
  const last = moves.find((move) => move.alias === "champion" && move.environment === environment);
  if (last?.from !== undefined) return last.from;
  throw new SlipwayError(
    "version.not-found",
    `${model} has had one champion in ${environment} so far: there is none to go back to.`,
  );
}

function chooseEndpoint(
  all: readonly EndpointRecord[],
  model: string,
  environment: string | undefined,
): EndpointRecord {
  const serving = all.filter((one) => one.model === model);
  const chosen = serving.filter((one) => environment === undefined || one.environment === environment);
  const [only, second] = chosen;
  if (only !== undefined && second === undefined) return only;
  const places = serving.map((one) => `${one.environment}/${one.endpoint}`).join(", ");
  if (serving.length === 0)
    throw new SlipwayError("version.not-found", `${model} serves nowhere yet: there is nothing to roll back.`);
  throw new SlipwayError(
    "input.invalid",
    `${model} serves at ${places}${environment === undefined ? "" : `, not in ${environment}`}. Say which with --environment.`,
  );
}
