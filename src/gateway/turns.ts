/** Runs acts one after the other, in the order of the calls, whether or not the one before failed. */
export type Turns = <Result>(act: () => Promise<Result>) => Promise<Result>;

export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const mine = last.then(act, act);
    // Whoever waits for this act hears of its failure; the next one need not.
    last = mine.catch(() => undefined);
    return mine;
  };
}
