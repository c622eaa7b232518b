import { randomUUID } from "node:crypto";
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { approve, decide, reject } from "../../client.ts";
import { FAILURES } from "../../domain/errors.ts";
import type { DecideAnswer, DecideMessage, DecisionMessage } from "../../domain/messages.ts";
import type { Context } from "../context.ts";
import { examples } from "../examples.ts";
import { localPerson } from "../person.ts";
import { requireOpenRelease } from "../releases.ts";
import type { Session } from "../session.ts";

/** An update waits for a worker: long enough for one that is just restarting. */
const DECIDE_DEADLINE_MS = 15_000;

type Verdict = DecideMessage["verdict"];

interface DecideOptions {
  readonly by?: string;
  readonly reason?: string;
  readonly requestDigest?: string;
  readonly role?: string;
  readonly signal?: true;
}

/** `slipway approve` */
export function approveCommand(session: Session): CommandUnknownOpts {
  return decisionCommand(session, "approve", "let a waiting release go on").addHelpText(
    "after",
    examples(
      'approve employment-20261121-110512-k4f --reason "better on every slice"',
      "approve employment-20261121-110512-k4f --by ana@example.org --request-digest sha256:…",
      "approve employment-20261121-110512-k4f --signal",
    ),
  );
}

/** `slipway reject` */
export function rejectCommand(session: Session): CommandUnknownOpts {
  return decisionCommand(session, "reject", "end a waiting release without promoting it").addHelpText(
    "after",
    examples('reject employment-20261121-110512-k4f --reason "worse for older people"'),
  );
}

function decisionCommand(session: Session, verdict: Verdict, summary: string): CommandUnknownOpts {
  return new Command(verdict)
    .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}. Says whether the decision counted, and why.`)
    .summary(summary)
    .argument("<release>", "id of the release")
    .option("--by <who>", "who decides (default: this machine's account, as user@host)")
    .option("--reason <text>", "why; kept in every record")
    .option("--request-digest <digest>", "decide only this request; refused when it is no longer the open one")
    .option("--role <role>", "the role in which you decide")
    .option("--signal", "send a plain signal: it also reaches a release whose worker is away, but brings no answer")
    .action((release, options, command) =>
      session(command, (context) => sendDecision(context, release, verdict, options)),
    );
}

async function sendDecision(
  context: Context,
  release: string,
  verdict: Verdict,
  options: DecideOptions,
): Promise<number> {
  const link = await context.temporal();
  await requireOpenRelease(link, release);
  const message = messageOf(options);
  if (options.by === undefined)
    context.output.note(`Deciding as ${message.by}, the account on this machine (--by names somebody else).`);
  if (options.signal === true) {
    await link.ask((client) =>
      client.workflow.getHandle(release).signal(verdict === "approve" ? approve : reject, message),
    );
    context.output.result({ release, verdict, sent: true, decisionId: message.decisionId }, () =>
      [
        `Signal ${verdict} sent to ${release}. A signal brings no answer: see whether it counted with`,
        `  slipway status ${release}`,
      ].join("\n"),
    );
    return 0;
  }
  const answer = await link.ask(
    (client) =>
      client.workflow.getHandle(release).executeUpdate<DecideAnswer, [DecideMessage]>(decide, {
        args: [{ ...message, verdict }],
        updateId: message.decisionId,
      }),
    DECIDE_DEADLINE_MS,
  );
  context.output.result({ release, verdict, ...answer, decisionId: message.decisionId }, () =>
    answerText(context, release, verdict, answer),
  );
  return answer.accepted ? 0 : FAILURES["decision.refused"].exit;
}

function messageOf(options: DecideOptions): DecisionMessage & { readonly decisionId: string } {
  const { reason, requestDigest, role } = options;
  return {
    by: options.by ?? localPerson(),
    decisionId: randomUUID(),
    ...(reason === undefined ? {} : { reason }),
    ...(requestDigest === undefined ? {} : { requestDigest }),
    ...(role === undefined ? {} : { role }),
  };
}

function answerText(context: Context, release: string, verdict: Verdict, answer: DecideAnswer): string {
  const { colors } = context.output.out;
  const word = answer.accepted ? colors.green("accepted") : colors.red("denied");
  const digest = answer.requestDigest === undefined ? "" : `\n  request ${answer.requestDigest}`;
  return `${colors.bold(`${verdict} ${release}`)}: ${word}. ${answer.reason}${digest}`;
}
