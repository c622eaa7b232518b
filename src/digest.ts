import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import canonicalize from "canonicalize";
import type { Digest } from "./domain/json.ts";

/** The digest of a JSON value: sha-256 over its canonical form (RFC 8785). Keys that are undefined do not count. */
export function digestOf(value: unknown): Digest {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("only JSON values have a digest");
  return digestOfBytes(text);
}

/** The digest of bytes, or of a text in UTF-8. */
export function digestOfBytes(content: string | Uint8Array): Digest {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** The digest of a file, streamed. */
export async function digestOfFile(path: string): Promise<Digest> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return `sha256:${hash.digest("hex")}`;
}

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/** A short name that is a function of its parts alone: lower-case base32 (RFC 4648) of their sha-256. */
export function shortName(parts: readonly string[], length: number): string {
  const bytes = createHash("sha256")
    .update(parts.map((part) => `${part.length}:${part}`).join(""))
    .digest();
  let bits = 0;
  let held = 0;
  let name = "";
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5 && name.length < length) {
      bits -= 5;
      name += BASE32[(held >> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return name;
}
