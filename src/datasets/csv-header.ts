import { open } from "node:fs/promises";

const MAX_HEADER_BYTES = 1 << 20;

/** The names in a CSV file's first record, or why they cannot be read. RFC 4180: commas, quotes doubled within quotes. */
export async function csvHeader(
  path: string,
): Promise<{ readonly names: readonly string[] } | { readonly fault: string }> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_HEADER_BYTES), 0, MAX_HEADER_BYTES, 0);
    if (bytesRead === 0) return { fault: "is empty: it has not even a header" };
    let text;
    try {
      // A character may be cut in two at the end of what was read, so the end may be incomplete there.
      text = new TextDecoder("utf-8", { fatal: true }).decode(buffer.subarray(0, bytesRead), { stream: true });
    } catch {
      return { fault: "is not in UTF-8" };
    }
    return headerOf(text, bytesRead < MAX_HEADER_BYTES);
  } finally {
    await file.close();
  }
}

/** Parses the first record of a text; `isWhole` tells that nothing follows it. */
export function headerOf(
  text: string,
  isWhole: boolean,
): { readonly names: readonly string[] } | { readonly fault: string } {
  const names: string[] = [];
  let position = 0;
  for (;;) {
    const field = fieldAt(text, position);
    if (field === undefined) return { fault: "has a quote in its header that never ends, or text behind one" };
    names.push(field.name);
    if (text[field.end] === ",") position = field.end + 1;
    else {
      const cut = field.end >= text.length && !isWhole;
      return cut ? { fault: `has a header of more than ${MAX_HEADER_BYTES} bytes` } : checked(names);
    }
  }
}

function fieldAt(text: string, start: number): { readonly name: string; readonly end: number } | undefined {
  if (text[start] !== '"') {
    let end = start;
    while (end < text.length && !",\r\n".includes(text[end] ?? "")) end += 1;
    return { name: text.slice(start, end), end };
  }
  const closing = /"((?:[^"]|"")*)"(?=[,\r\n]|$)/uy;
  closing.lastIndex = start;
  const match = closing.exec(text);
  return match === null ? undefined : { name: (match[1] ?? "").replaceAll('""', '"'), end: closing.lastIndex };
}

function checked(names: readonly string[]): { readonly names: readonly string[] } | { readonly fault: string } {
  const empty = names.findIndex((name) => name.trim() === "");
  if (empty >= 0) return { fault: `has no name for column ${empty + 1} in its header` };
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) return { fault: `has the column ${JSON.stringify(twice)} twice in its header` };
  return { names };
}
