import type { IncomingMessage, ServerResponse } from "node:http";
import { setImmediate as turn } from "node:timers/promises";
import { messageOf } from "../domain/errors.ts";
import { parseLabelLine, type RefusedLine } from "./label-record.ts";
import { LineWriter } from "./line-writer.ts";
import { answerJson, answerProblem } from "./problem-answer.ts";
import { beginSegment } from "./segment-folder.ts";
import { labelFolder } from "./state-layout.ts";
import type { TrafficMetrics } from "./traffic-metrics.ts";

const MAX_BODY_BYTES = 16 * 1024 * 1024;
const SEGMENT_BYTES = 64 * 1024 * 1024;
const WAITING_BYTES = 32 * 1024 * 1024;
const LINES_A_TURN = 250;
const TOLD_REFUSALS = 100;

/** Takes labels and keeps them. */
export interface LabelIntake {
  /**
   * Answers `POST …/v1/labels`: JSON lines `{id, label, at?, row?}`. Good lines are on the disk when it answers
   * `{accepted, refused, refusals: [{line, message}]}` (the first 100); with status 422 when there were lines but none
   * was good, 413 when there is too much for one request, 503 when the disk takes nothing.
   */
  take(incoming: IncomingMessage, response: ServerResponse, environment: string, endpoint: string): Promise<void>;
  close(): Promise<void>;
}

export function createLabelIntake(stateDir: string, metrics: TrafficMetrics): LabelIntake {
  const writers = new Map<string, LineWriter>();
  const writerFor = (environment: string, endpoint: string): LineWriter => {
    const folder = labelFolder(stateDir, environment, endpoint);
    const known = writers.get(folder);
    if (known !== undefined) return known;
    const writer = new LineWriter({
      openSegment: () => beginSegment(folder, "labels"),
      maxSegmentBytes: SEGMENT_BYTES,
      maxWaitingBytes: WAITING_BYTES,
      flushAfterMs: 5,
      syncEveryWrite: true,
    });
    writers.set(folder, writer);
    return writer;
  };
  return {
    async take(incoming, response, environment, endpoint) {
      const text = await readText(incoming);
      if (text === undefined) {
        answerProblem(
          response,
          413,
          "labels.too-many",
          `Send at most ${MAX_BODY_BYTES} bytes of labels in one request`,
        );
        return;
      }
      const writer = writerFor(environment, endpoint);
      const { accepted, refusals } = await keepLines(text, writer);
      metrics.labels(accepted, refusals.length);
      try {
        await writer.flush();
      } catch (error) {
        answerProblem(response, 503, "backend.unavailable", `The labels cannot be written: ${messageOf(error)}`);
        return;
      }
      answerJson(response, accepted === 0 && refusals.length > 0 ? 422 : 200, {
        accepted,
        refused: refusals.length,
        refusals: refusals.slice(0, TOLD_REFUSALS),
      });
    },
    async close() {
      await Promise.all([...writers.values()].map((writer) => writer.close()));
    },
  };
}

/** Reads line by line, and lets requests be served in between. */
async function keepLines(
  text: string,
  writer: LineWriter,
): Promise<{ readonly accepted: number; readonly refusals: readonly RefusedLine[] }> {
  const receivedAtMs = Date.now();
  const refusals: RefusedLine[] = [];
  let accepted = 0;
  for (const [index, line] of text.split("\n").entries()) {
    if (index % LINES_A_TURN === LINES_A_TURN - 1) await turn();
    if (line.trim() === "") continue;
    const parsed = parseLabelLine(line, index + 1, receivedAtMs);
    if ("message" in parsed) refusals.push(parsed);
    else if (writer.append(JSON.stringify(parsed))) accepted += 1;
    else refusals.push({ line: index + 1, message: "too many labels wait for the disk: send it again later" });
  }
  return { accepted, refusals };
}

/** @returns undefined when the body is too long */
async function readText(incoming: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return length <= MAX_BODY_BYTES ? Buffer.concat(chunks).toString("utf8") : undefined;
}
