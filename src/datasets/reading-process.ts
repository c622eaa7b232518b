import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { SlipwayError } from "../domain/errors.ts";
import type { ReadingAnswer, ReadingRequest } from "./check-message.ts";
import type { Watch } from "./dataset.ts";

/** The built program that reads; from the sources, too, the build is run. */
const PROGRAM = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "../../dist/datasets/check-main.js" : "./check-main.js", import.meta.url),
);
const HEAP_MEGABYTES = 512;

export type FinalAnswer = Exclude<ReadingAnswer, { readonly kind: "progress" | "failed" }>;

/**
 * Reads data in a process of its own, so that a kill for memory is an error here and not the end of the worker. The
 * process gets no environment variables, and ends with us.
 * @throws {SlipwayError} `environment.failed` when it is killed or fails; the code it reports; the signal's reason
 */
export async function readInProcess(request: ReadingRequest, { onProgress, signal }: Watch): Promise<FinalAnswer> {
  signal?.throwIfAborted();
  const child = fork(PROGRAM, [], {
    execArgv: [`--max-old-space-size=${HEAP_MEGABYTES}`],
    env: {},
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const stop = (): void => void child.kill("SIGKILL");
  signal?.addEventListener("abort", stop, { once: true });
  try {
    return await answerOf(child, request, onProgress);
  } catch (error) {
    // The child's end by our own kill says nothing; why we killed it does.
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
    stop();
  }
}

/** The child's last word, once it has ended. */
function answerOf(child: ChildProcess, request: ReadingRequest, onProgress: Watch["onProgress"]): Promise<FinalAnswer> {
  return new Promise((resolve, reject) => {
    let answer: FinalAnswer | undefined;
    let complaint = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-4_000);
    });
    child.on("message", (message: ReadingAnswer) => {
      if (message.kind === "progress") onProgress?.(message);
      else if (message.kind === "failed")
        reject(new SlipwayError(message.code ?? "environment.failed", message.message));
      else answer = message;
    });
    child.once("error", (error) => {
      reject(
        new SlipwayError(
          "environment.failed",
          `the process that reads data cannot be run: ${error.message}`,
          {},
          error,
        ),
      );
    });
    child.once("close", (code, killedBy) => {
      if (answer === undefined) reject(endedEarly(code, killedBy, complaint));
      else resolve(answer);
    });
    child.send(request, (error) => {
      // When the child is gone already, its end says more than the broken channel.
      if (error !== null && child.exitCode === null && child.signalCode === null) reject(error);
    });
  });
}

function endedEarly(code: number | null, killedBy: NodeJS.Signals | null, complaint: string): SlipwayError {
  const how = killedBy === null ? `exit code ${code}` : killedBy;
  const cause = killedBy === "SIGKILL" ? ", as the system does when memory runs out" : "";
  const tail = complaint.trim().split("\n").slice(-3).join(" ").slice(0, 500);
  const message = `the process that reads data ended by ${how}${cause}; give the worker's machine more memory${tail === "" ? "" : `: ${tail}`}`;
  return new SlipwayError("environment.failed", message, { exitCode: code, signal: killedBy });
}
