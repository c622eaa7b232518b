import { randomBytes } from "node:crypto";
import { chmod, chown, link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { type PostgresAccount, mayEnter } from "./postgres-account.ts";
import { makeSpareFolder, SYSTEM_FOLDER } from "./postgres-spare.ts";
import { writeAtomically } from "./run-files.ts";

/** Where one embedded server keeps its things. */
export interface PostgresPlace {
  /** The folder that holds the data folder; belongs to the server's account. */
  readonly folder: string;
  readonly dataFolder: string;
  /** Where a copy of the programs may go. */
  readonly spareFolder: string;
  readonly password: string;
  readonly logFile: string;
  /** The port it had last, if any. */
  readonly lastPort: number | undefined;
  rememberPort(port: number): void;
}

const Memory = z.object({ folder: z.string().optional(), port: z.number().int().optional() });

/**
 * Decides, once for ever, where the data of this home lies: below the home folder, or, when the server's account may
 * not enter there (a home below /root), in /var/lib/slipway/<digest of the home>. The choice is kept in
 * `<home>/postgres/place.json`, so that a later change of permissions does not make the data disappear.
 */
export async function findPlace(home: string, account: PostgresAccount | undefined): Promise<PostgresPlace> {
  const own = join(home, "postgres");
  await mkdir(own, { recursive: true });
  const memoryFile = join(own, "place.json");
  const memory = await recall(memoryFile);
  const folder = memory.folder ?? ((await mayEnter(account, own)) ? own : await makeSpareFolder(home));
  const serverFolder = join(folder, "server");
  await mkdir(serverFolder, { recursive: true });
  if (account !== undefined) await chown(serverFolder, account.uid, account.gid);
  await chmod(serverFolder, 0o700);
  await mkdir(join(home, "logs"), { recursive: true });
  const remember = (port: number | undefined): void => {
    const kept = { ...(folder === own ? {} : { folder }), ...(port === undefined ? {} : { port }) };
    writeAtomically(memoryFile, `${JSON.stringify(kept)}\n`, 0o644);
  };
  remember(memory.port);
  return {
    folder: serverFolder,
    dataFolder: join(serverFolder, "data"),
    spareFolder: account === undefined ? own : SYSTEM_FOLDER,
    password: await keepPassword(join(own, "password")),
    logFile: join(home, "logs", "postgres.log"),
    lastPort: memory.port,
    rememberPort: remember,
  };
}

async function recall(memoryFile: string): Promise<z.infer<typeof Memory>> {
  try {
    return Memory.parse(JSON.parse(await readFile(memoryFile, "utf8")));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
}

/** Reads the password, or makes one that all who start at once agree on. Only the owner can read the file. */
async function keepPassword(path: string): Promise<string> {
  const fresh = join(dirname(path), `password.${randomBytes(6).toString("hex")}`);
  try {
    await writeFile(fresh, randomBytes(24).toString("base64url"), { mode: 0o600, flag: "wx", flush: true });
    await link(fresh, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(fresh, { force: true });
  }
  return (await readFile(path, "utf8")).trim();
}
