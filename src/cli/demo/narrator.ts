import { formatDuration } from "../../domain/duration.ts";
import type { Context } from "../context.ts";
import { formatClock } from "../local-time.ts";
import type { Colors } from "../terminal.ts";

/** Tells what the demo does, as lines that scroll: on standard error under `--json`, so that standard output is the result. */
export interface Narrator {
  readonly colors: Colors;
  /** A new part of the story. */
  readonly chapter: (title: string) => void;
  readonly tell: (text: string) => void;
  /** Several lines as they are, without time. */
  readonly block: (text: string) => void;
}

export function createNarrator({ output }: Context, beganAtMs: number): Narrator {
  const { colors } = output.isJson ? output.err : output.out;
  const say = (text: string): void => (output.isJson ? output.note(text) : output.raw(`${text}\n`));
  return {
    colors,
    chapter: (title) =>
      say(`\n${colors.bold(`━━ ${title}`)} ${colors.dim(`(${formatDuration(Date.now() - beganAtMs)} so far)`)}`),
    tell: (text) => say(`${colors.dim(formatClock(Date.now()))}  ${text}`),
    block: say,
  };
}
