/**
 * Applies an asynchronous function to every item, so many at a time, and keeps their order. Once one fails no further item is begun; rejects when all that
 * were begun have ended.
 */
export async function mapBounded<Item, Result>(
  items: readonly Item[],
  options: { readonly atOnce: number; action(item: Item): Promise<Result> | Result },
): Promise<Result[]> {
  const results: Result[] = new Array(items.length);
  const queue = items.entries();
  let failed = false;
  const work = async () => {
    for (const [index, item] of queue) {
      if (failed) return;
      try {
        const result = options.action(item);
        results[index] = result instanceof Promise ? await result : result;
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const workers = Array.from({ length: Math.min(options.atOnce, items.length) }, work);
  const outcomes = await Promise.allSettled(workers);
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  return results;
}
