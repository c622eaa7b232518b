/** Listens for one key on a terminal, without waiting for Enter. Ctrl-C still interrupts. */
export function listenForKey(
  input: NodeJS.ReadStream,
  wanted: string,
): { readonly isPressed: () => boolean; readonly stop: () => void } {
  let isPressed = false;
  const read = (typed: Buffer): void => {
    const text = typed.toString("utf8");
    // In raw mode the terminal no longer turns Ctrl-C into a signal.
    if (text.includes("\u0003")) process.kill(process.pid, "SIGINT");
    if (text.toLowerCase().includes(wanted)) isPressed = true;
  };
  input.setRawMode(true);
  input.resume();
  input.on("data", read);
  return {
    isPressed: () => isPressed,
    stop: () => {
      input.off("data", read);
      input.setRawMode(false);
      input.pause();
    },
  };
}
