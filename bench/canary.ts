export async function run(log: (line: string) => void): Promise<Record<string, unknown>> {
  log("nothing yet");
  return { broken: [] };
}
