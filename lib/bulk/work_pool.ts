/** What a pool works with. */
export interface WorkPoolOptions<Item> {
  /** Items that are worked on at the same time. */
  readonly atOnce: number;
  /** Works on one item; what it returns is queued before everything else. */
  work(item: Item): Promise<readonly Item[]>;
  /** Called once, with the first error; what is under way is awaited. */
  onError(error: unknown): void;
}

/**
 * Works on items, so many at a time, until there are no more, those included that came up on the way.
 *
 * @throws the first error, when everything that was under way has ended
 */
export async function runWorkPool<Item>(
  items: readonly Item[],
  options: WorkPoolOptions<Item>,
): Promise<void> {
  const queue = [...items];
  const underWay = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  const start = (item: Item) => {
    const running = options.work(item).then(
      (more) => void queue.unshift(...more),
      (error) => {
        if (failure !== undefined) return;
        failure = { error };
        options.onError(error);
      },
    ).finally(() => underWay.delete(running));
    underWay.add(running);
  };
  for (;;) {
    while (failure === undefined && underWay.size < Math.max(1, options.atOnce)) {
      const item = queue.shift();
      if (item === undefined) break;
      start(item);
    }
    if (underWay.size === 0) break;
    await Promise.race(underWay);
  }
  if (failure !== undefined) throw failure.error;
}
