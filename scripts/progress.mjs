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
 * When we are told to end, it is told too, and we end after it: nothing goes on behind our back.
 * @param {string} command @param {readonly string[]} args @param {string} cwd
 * @returns {Promise<number>}
 */
export function run(command, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ["ignore", process.stderr, process.stderr] });
    let interrupted = false;
    const interrupt = () => {
      interrupted = true;
      child.kill("SIGTERM");
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, interrupt);
    child.once("error", reject);
    child.once("close", (status) => {
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.off(signal, interrupt);
      if (interrupted) process.exit(130);
      resolve(status ?? 128);
    });
  });
}
