import { getExternalWorkflowHandle, setHandler } from "@temporalio/workflow";
import { readActionMessage } from "../approval/action.ts";
import { parseMessage } from "../approval/message.ts";
import type { ActionMessage } from "../domain/messages.ts";
import { messageOf } from "../domain/errors.ts";
import { abortSignal, pauseSignal, promoteSignal, resumeSignal } from "./messages.ts";
import type { Refusals } from "./refusals.ts";

const ACTIONS = { pause: pauseSignal, resume: resumeSignal, promote: promoteSignal } as const;

export interface ActionHandlers {
  /** Called once, with who and why, when somebody aborts. */
  readonly onAbort: (by: string, reason: string | undefined) => void;
  /** Workflow id of the roll-out in progress. */
  readonly rollout: () => string | undefined;
  readonly refusals: Refusals;
}

/** Registers pause, resume, promote and abort on a release. What has no roll-out to act on is refused, never kept for later. */
export function handleActions({ onAbort, rollout, refusals }: ActionHandlers): void {
  const refuse = (message: string, code: string, reason: string, by?: string) =>
    refusals.add({ message, code, reason, atMs: Date.now(), ...(by === undefined ? {} : { by }) });

  for (const [name, definition] of Object.entries(ACTIONS)) {
    setHandler(definition, async (...args) => {
      const read = readAction(args);
      if (typeof read === "string") return refuse(name, "malformed", read);
      const id = rollout();
      if (id === undefined) return refuse(name, "not-open", "no roll-out is in progress", read.by);
      try {
        await getExternalWorkflowHandle(id).signal(definition, read);
      } catch (error) {
        refuse(name, "not-open", `the roll-out is over: ${messageOf(error)}`, read.by);
      }
    });
  }
  setHandler(abortSignal, (...args) => {
    const read = readAction(args);
    if (typeof read === "string") return refuse("abort", "malformed", read);
    onAbort(read.by ?? "someone", read.reason);
  });
}

/** The action, or what is wrong with its payload. A plain string is the reason. */
export function readAction(args: readonly unknown[]): ActionMessage | string {
  const parsed = parseMessage(args, readActionMessage);
  switch (parsed.kind) {
    case "refused":
      return parsed.reason;
    case "plain":
      return parsed.reason === undefined ? {} : { reason: parsed.reason };
    case "message":
      return parsed.message;
  }
}
