import type { JsonObject, JsonValue } from "../base/json.ts";
import type { CosmosContainer, Page } from "../cosmos/port.ts";
import type { Part } from "./part.ts";
import type { RangeLane } from "./range_lane.ts";
import type { RequestKind, RuGovernor } from "./ru_governor.ts";

/** Documents, or counts of them, whose pages cost what they look at and not what they hold. */
export type PageKind = Extract<RequestKind, "read" | "count">;

/** What a page of a count is taken to look at: it does not say, and cannot be made smaller. What it costs is learned from the others. */
const COUNTED = 30;

/** What to read of a part, and how. */
export interface ReadPagesOptions {
  readonly container: CosmosContainer;
  readonly part: Part;
  readonly lane: RangeLane;
  readonly governor: RuGovernor;
  readonly query: string;
  readonly parameters: Readonly<Record<string, JsonValue>>;
  readonly pageSize: number;
  /** @default "read" */
  readonly kind?: PageKind | undefined;
  readonly signal: AbortSignal;
}

/**
 * The pages of a part, from its position on. One page is read ahead while its predecessor is worked on, and no more than that: two pages are in memory.
 *
 * @throws {RangeGoneError} when the range is gone; a page that was read before is still given
 */
export async function* readPages(options: ReadPagesOptions): AsyncGenerator<Page, void, void> {
  const abandoned = new AbortController();
  const signal = AbortSignal.any([options.signal, abandoned.signal]);
  const fetch = (continuation: string | undefined) => {
    const page = readPage({ ...options, signal }, continuation);
    // Its consumer may stop before it asks for this page.
    page.catch(() => {});
    return page;
  };
  let next: Promise<Page<JsonObject>> | undefined = fetch(options.part.continuation);
  try {
    while (next !== undefined) {
      const page: Page<JsonObject> = await next;
      next = page.continuation === undefined ? undefined : fetch(page.continuation);
      yield page;
    }
  } finally {
    abandoned.abort(new DOMException("The page is not needed", "AbortError"));
    await next?.catch(() => {});
  }
}

async function readPage(
  { container, part, lane, governor, query, parameters, pageSize, kind = "read", signal }: ReadPagesOptions,
  continuation: string | undefined,
): Promise<Page> {
  for (;;) {
    signal.throwIfAborted();
    const maxItems = governor.documentsPerRequest("read", pageSize);
    const documents = kind === "count" ? COUNTED : maxItems;
    const sent = await lane.send(
      () =>
        container.query({
          range: part.range,
          bounds: part.queryBounds,
          query,
          parameters,
          continuation,
          maxItems,
          signal,
        }),
      { kind, documents, chargeOf: ({ charge }) => charge },
    );
    if (sent.kind === "failed") continue;
    lane.progressed();
    return sent.value;
  }
}
