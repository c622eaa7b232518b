import type { Terminal } from "./terminal.ts";

/** Where a command's words go. Results on standard output, remarks and progress on standard error. */
export interface Output {
  readonly isJson: boolean;
  readonly out: Terminal;
  readonly err: Terminal;
  /** The command's result: the value as one line of JSON under `--json`, else the text. */
  readonly result: (value: unknown, text: () => string) => void;
  /** One line of a stream of results: the value as JSON under `--json`, else the text. */
  readonly line: (value: unknown, text: string) => void;
  /** A remark that is no result. */
  readonly note: (text: string) => void;
  /** Raw text of somebody else, such as a job's log, on standard output. */
  readonly raw: (text: string) => void;
}

interface Sink {
  write(text: string): unknown;
}

/** Binds output to two streams. */
export function createOutput(
  streams: { readonly stdout: Sink; readonly stderr: Sink },
  terminals: { readonly out: Terminal; readonly err: Terminal },
  isJson: boolean,
): Output {
  const toOut = (text: string): void => void streams.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
  return {
    isJson,
    ...terminals,
    result: (value, text) => toOut(isJson ? JSON.stringify(value) : text()),
    line: (value, text) => toOut(isJson ? JSON.stringify(value) : text),
    note: (text) => void streams.stderr.write(`${text}\n`),
    raw: (text) => void streams.stdout.write(text),
  };
}
