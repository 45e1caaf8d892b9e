import type { EstimateContext } from "./handler.ts";

/**
 * Whether a container has any document. That is one look at each range and no work on documents, so the budget is not asked: a share of what is
 * provisioned would keep an empty container from being dropped where the throughput is shared.
 */
export async function holdsDocuments(
  container: string,
  { database, signal }: Pick<EstimateContext, "database" | "signal">,
): Promise<boolean> {
  const target = database.container(container);
  for (const range of await target.ranges({ signal })) {
    let continuation: string | undefined;
    do {
      const page = await target.query({
        range,
        query: "SELECT TOP 1 c.id FROM c",
        maxItems: 1,
        continuation,
        signal,
      });
      if (page.rows.length > 0) return true;
      continuation = page.continuation;
    } while (continuation !== undefined);
  }
  return false;
}
