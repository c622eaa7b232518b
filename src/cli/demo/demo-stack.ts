import { SlipwayError } from "../../domain/errors.ts";
import type { PublicAddresses, StackEvent } from "../../workers/embedded/stack-event.ts";
import type { Environment } from "../stack-environment.ts";
import { stackEventText } from "../stack-event-text.ts";
import { stackFailure, startStack } from "../stack-process.ts";
import type { Narrator } from "./narrator.ts";

/**
 * Starts the demo's own stack and returns its addresses once it is ready; what it tells later, such as a part that died
 * and was started again, is told on.
 * @throws {SlipwayError} what made it fail
 */
export async function startDemoStack(
  home: string,
  env: Environment,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<PublicAddresses> {
  const stack = startStack(home, env);
  signal.addEventListener("abort", stack.stop, { once: true });
  const events = stack.events[Symbol.asyncIterator]();
  const ready = await untilReady(events, narrator);
  signal.throwIfAborted();
  if (ready === undefined)
    throw new SlipwayError("environment.failed", `The stack ended before it was ready. See ${home}/logs.`);
  void tellOn(events, narrator);
  return ready.addresses;
}

async function untilReady(
  events: AsyncIterator<StackEvent>,
  narrator: Narrator,
): Promise<Extract<StackEvent, { event: "stack.ready" }> | undefined> {
  for (let next = await events.next(); next.done !== true; next = await events.next()) {
    const event = next.value;
    narrator.block(stackEventText(event, Date.now(), narrator.colors));
    if (event.event === "stack.ready") return event;
    if (event.event === "stack.failed") throw stackFailure(event);
  }
  return undefined;
}

async function tellOn(events: AsyncIterator<StackEvent>, narrator: Narrator): Promise<void> {
  for (let next = await events.next(); next.done !== true; next = await events.next())
    narrator.block(stackEventText(next.value, Date.now(), narrator.colors));
}
