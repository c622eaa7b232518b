import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { Command, InvalidArgumentError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { abort, pause, promote, resume } from "../../client.ts";
import { FAILURES } from "../../domain/errors.ts";
import type { ActionMessage } from "../../domain/messages.ts";
import type { ReleaseStatus } from "../../domain/release.ts";
import type { Context } from "../context.ts";
import { examples } from "../examples.ts";
import { localPerson } from "../person.ts";
import { queryStatus, requireOpenRelease } from "../releases.ts";
import { rolloutText } from "../watch/rollout-text.ts";
import type { Session } from "../session.ts";
import type { TemporalLink } from "../temporal-link.ts";

const EFFECT_DEADLINE_MS = 3_000;
const EFFECT_INTERVAL_MS = 200;

const ACTIONS = { pause, resume, promote, abort } as const;

type Action = keyof typeof ACTIONS;

interface ActOptions {
  readonly by?: string;
  readonly reason?: string;
  readonly expectedStep?: number;
  readonly full?: true;
}

/** `slipway pause` */
export function pauseCommand(session: Session): CommandUnknownOpts {
  return actionCommand(session, "pause", "hold a roll-out at its present weight; harm is still watched").addHelpText(
    "after",
    examples('pause employment-20261121-110512-k4f --reason "looking at the slow requests"'),
  );
}

/** `slipway resume` */
export function resumeCommand(session: Session): CommandUnknownOpts {
  return actionCommand(session, "resume", "let a paused roll-out go on").addHelpText(
    "after",
    examples("resume employment-20261121-110512-k4f"),
  );
}

/** `slipway promote` */
export function promoteCommand(session: Session): CommandUnknownOpts {
  return actionCommand(session, "promote", "end the present step's wait, or with --full all that remains")
    .option("--full", "skip all remaining steps and their analyses; recorded as unproven")
    .addHelpText(
      "after",
      examples(
        "promote employment-20261121-110512-k4f --expected-step 3",
        'promote employment-20261121-110512-k4f --full --reason "incident: the champion is down"',
      ),
    );
}

/** `slipway abort` */
export function abortCommand(session: Session): CommandUnknownOpts {
  return actionCommand(session, "abort", "stop a release at any stage; traffic goes back to the champion").addHelpText(
    "after",
    examples('abort employment-20261121-110512-k4f --reason "wrong data"'),
  );
}

function actionCommand(session: Session, action: Action, summary: string): CommandUnknownOpts {
  return new Command(action)
    .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`)
    .summary(summary)
    .argument("<release>", "id of the release")
    .option("--by <who>", "who asks (default: this machine's account, as user@host)")
    .option("--reason <text>", "why; kept in every record")
    .option("--expected-step <n>", "refuse when the roll-out is no longer at this step (counted from 0)", wholeNumber)
    .action((release, options, command) =>
      session(command, (context) => sendAction(context, release, action, options)),
    );
}

function wholeNumber(text: string): number {
  if (!/^\d+$/u.test(text)) throw new InvalidArgumentError("It must be a whole number such as 3.");
  return Number(text);
}

async function sendAction(context: Context, release: string, action: Action, options: ActOptions): Promise<number> {
  const link = await context.temporal();
  await requireOpenRelease(link, release);
  const message: ActionMessage = {
    by: options.by ?? localPerson(),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(options.expectedStep === undefined ? {} : { expectedStep: options.expectedStep }),
    ...(options.full === undefined ? {} : { full: options.full }),
  };
  const before = await queryStatus(link, release);
  await link.ask((client) => client.workflow.getHandle(release).signal(ACTIONS[action], message));
  const after = before === undefined ? undefined : await statusAfter(link, release, before);
  if (before === undefined || after === undefined) {
    context.output.result(
      { release, action, sent: true },
      () => `${action} sent to ${release}. No worker answers now; it is taken when one is back.`,
    );
    return 0;
  }
  const refusal =
    after.refusalCount > before.refusalCount
      ? after.refusals.findLast((candidate) => candidate.message === action)
      : undefined;
  context.output.result({ release, action, sent: true, refusal, status: after }, () =>
    refusal === undefined
      ? `${action} sent to ${release}: ${effectText(after)}`
      : `${action} ${release}: ${context.output.out.colors.red("denied")}. ${refusal.reason}`,
  );
  return refusal === undefined ? 0 : FAILURES["decision.refused"].exit;
}

/** The status once something has come of the message: a roll-out is another workflow, and answers a moment later. */
async function statusAfter(
  link: TemporalLink,
  release: string,
  before: ReleaseStatus,
): Promise<ReleaseStatus | undefined> {
  const givenUpAt = performance.now() + EFFECT_DEADLINE_MS;
  for (;;) {
    const now = await queryStatus(link, release);
    if (now === undefined || !isDeepStrictEqual(now, before) || performance.now() > givenUpAt) return now;
    await delay(EFFECT_INTERVAL_MS);
  }
}

function effectText({ rollout, awaiting, stage, outcome, message }: ReleaseStatus): string {
  if (outcome !== undefined) return `${outcome}: ${message ?? ""}`;
  return rolloutText(rollout, undefined) ?? awaiting ?? stage;
}
