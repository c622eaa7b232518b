import picocolors from "picocolors";

/** Colouring functions; identities where the stream is not a terminal. */
export type Colors = ReturnType<typeof picocolors.createColors>;

/** What one output stream can show. */
export interface Terminal {
  readonly isInteractive: boolean;
  readonly columns: number;
  readonly colors: Colors;
}

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const WIDTH_ELSEWHERE = 100;

/** Colours and live views only on a terminal; NO_COLOR (https://no-color.org) and TERM=dumb are obeyed. */
export function describeTerminal(stream: Stream, env: Readonly<Record<string, string | undefined>>): Terminal {
  const isInteractive = stream.isTTY === true && env["TERM"] !== "dumb";
  const isColored = isInteractive && (env["NO_COLOR"] ?? "") === "";
  return {
    isInteractive,
    columns: stream.columns ?? WIDTH_ELSEWHERE,
    colors: picocolors.createColors(isColored),
  };
}
