import { approve } from "../../client.ts";
import { formatTime } from "../local-time.ts";
import type { ApprovalRequest, ReleaseStatus } from "../../domain/release.ts";
import type { Context } from "../context.ts";
import { localPerson } from "../person.ts";
import { shortDigest } from "../words.ts";
import type { ReleaseSnapshot } from "../watch/snapshot.ts";
import { listenForKey } from "./key.ts";
import type { Narrator } from "./narrator.ts";

/** Whom the records name when nobody sat at the terminal. */
const NOBODY = "slipway-demo";

/** Shows what is to be approved and how, and approves when nobody else is there to do it or the person asks for it. */
export interface Approver {
  readonly look: (snapshot: ReleaseSnapshot) => Promise<void>;
  /** Gives the terminal back. */
  readonly stop: () => void;
}

/** Where the ways to approve lead. */
export interface ApprovalPlaces {
  readonly uiUrl: string;
  readonly home: string;
}

export function createApprover(context: Context, places: ApprovalPlaces, narrator: Narrator): Approver {
  let shown: string | undefined;
  let isSent = false;
  let key: ReturnType<typeof listenForKey> | undefined;
  const stop = (): void => {
    key?.stop();
    key = undefined;
  };
  return {
    stop,
    async look({ release, status, end }) {
      const open = end === undefined ? openRequest(status) : undefined;
      if (open === undefined) return stop();
      if (shown !== open.requestDigest) {
        shown = open.requestDigest;
        isSent = false;
        narrator.block(requestText(open.request, places, narrator));
        if (isAttended(context)) {
          key = listenForKey(context.input, "a");
          narrator.block(narrator.colors.bold("  The release waits for you. Press a to let the demo approve it.\n"));
        }
      }
      if (isSent || (isAttended(context) && key?.isPressed() !== true)) return;
      isSent = true;
      await sendApproval(context, release, narrator);
      stop();
    },
  };
}

function openRequest(status: ReleaseStatus | undefined): ReleaseStatus["approval"] {
  return status?.stage === "awaiting approval" ? status.approval : undefined;
}

/** Is somebody at the terminal who can press a key? */
function isAttended({ input, output }: Context): boolean {
  return input.isTTY && !output.isJson && output.out.isInteractive;
}

async function sendApproval(context: Context, release: string, narrator: Narrator): Promise<void> {
  const by = isAttended(context) ? localPerson() : NOBODY;
  const link = await context.temporal();
  await link.ask((client) =>
    client.workflow.getHandle(release).signal(approve, { by, reason: "approved in the demo" }),
  );
  narrator.tell(`The demo approves, by the plain Temporal signal \`approve\`, as ${by}.`);
}

function requestText(request: ApprovalRequest, { uiUrl, home }: ApprovalPlaces, { colors }: Narrator): string {
  const champion = request.championDigest === undefined ? "none yet" : shortDigest(request.championDigest);
  return [
    "",
    `  ${colors.bold(colors.yellow("To be approved"))}: ${request.model} ${request.version} for ${request.environment}`,
    `    model    ${request.versionDigest}`,
    `    report   ${request.reportDigest} (the gates say: ${request.conclusion})`,
    `    plan     ${request.planDigest}`,
    `    champion ${champion}; asked for by ${request.requestedBy}; open until ${formatTime(request.expiresAtMs)}`,
    "  Three ways to do it:",
    `    1. npx slipway approve ${request.release} --home ${home} --reason "looks good"`,
    `    2. temporal workflow signal --workflow-id ${request.release} --name approve --input '{"by":"you@example.org","reason":"looks good"}'`,
    `    3. in the Temporal Web UI: ${workflowUrl(uiUrl, request.release)} → Send a Signal → approve`,
    "",
  ].join("\n");
}

/** The release's page in the Temporal Web UI. */
export function workflowUrl(uiUrl: string, release: string): string {
  return `${uiUrl}/namespaces/default/workflows/${encodeURIComponent(release)}`;
}
