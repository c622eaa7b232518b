// What the scripts say while they work: on standard error, with the seconds since they began.
import { spawn } from "node:child_process";

const beganAtMs = Date.now();

/** @param {string} text */
export function say(text) {
  const seconds = ((Date.now() - beganAtMs) / 1_000).toFixed(1).padStart(6);
  process.stderr.write(`[${seconds} s] ${text}\n`);
}

/** Says what was wrong and what to do, and ends. @param {string} text @param {number} code */
export function giveUp(text, code) {
  process.stderr.write(`\n${text}\n`);
  process.exit(code);
}

/**
 * Runs a program with its output on our standard error and returns its exit status (128 for a signal).
 * @param {string} command @param {readonly string[]} args @param {string} cwd
 * @returns {Promise<number>}
 */
export function run(command, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ["ignore", process.stderr, process.stderr] });
    child.once("error", reject);
    child.once("close", (status) => resolve(status ?? 128));
  });
}
