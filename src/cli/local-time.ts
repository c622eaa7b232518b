/**
 * A moment as a person at this place reads it, with its zone: `2026-11-21 11:05:12 UTC`.
 *
 * @param timeZone an IANA name; the machine's own zone when absent
 */
export function formatTime(atMs: number, timeZone?: string): string {
  const parts = new Map(
    new Intl.DateTimeFormat("en-GB", {
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
      timeZoneName: "short",
      ...(timeZone === undefined ? {} : { timeZone }),
    })
      .formatToParts(atMs)
      .map(({ type, value }) => [type, value]),
  );
  const date = ["year", "month", "day"].map((part) => parts.get(part as Intl.DateTimeFormatPartTypes)).join("-");
  const time = ["hour", "minute", "second"].map((part) => parts.get(part as Intl.DateTimeFormatPartTypes)).join(":");
  return `${date} ${time} ${parts.get("timeZoneName") ?? ""}`.trimEnd();
}

/** Only the time of day, for lines that scroll by: `11:05:12`. */
export function formatClock(atMs: number, timeZone?: string): string {
  return formatTime(atMs, timeZone).split(" ")[1] ?? "";
}
