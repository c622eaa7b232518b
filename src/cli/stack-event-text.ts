import type { StackEvent } from "../workers/embedded/stack-event.ts";
import { formatClock } from "./local-time.ts";
import type { Colors } from "./terminal.ts";

/** One event of the stack in one line, with its time. */
export function stackEventText(event: StackEvent, atMs: number, colors: Colors): string {
  return `${colors.dim(formatClock(atMs))}  ${mark(event, colors)} ${event.message}`;
}

function mark(event: StackEvent, colors: Colors): string {
  switch (event.event) {
    case "step":
    case "part.stopped":
    case "stack.stopping":
    case "stack.stopped":
      return colors.dim("·");
    case "part.started":
    case "part.adopted":
    case "part.restarted":
    case "stack.ready":
    case "stack.found":
      return colors.green("✓");
    case "part.died":
    case "port.moved":
      return colors.yellow("!");
    case "part.failed":
    case "stack.failed":
      return colors.red("✗");
  }
}
