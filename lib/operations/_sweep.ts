import { sleep } from "../base/clock.ts";
import { CosmosError, TemporaryError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import { CheckpointKeeper } from "../bulk/checkpoint_keeper.ts";
import { expectedDocuments } from "../bulk/expected_documents.ts";
import { Part } from "../bulk/part.ts";
import { planParts } from "../bulk/plan_parts.ts";
import { ProgressMeter } from "../bulk/progress_meter.ts";
import type { RuGovernor } from "../bulk/ru_governor.ts";
import { queryOf, type Selection } from "../bulk/selection.ts";
import { walkParts } from "../bulk/walk_parts.ts";
import type { CosmosContainer, Page } from "../cosmos/port.ts";
import { patiently } from "./_patiently.ts";
import type { StepContext, StepOutcome } from "./handler.ts";

/** Going through the documents of a container to do something elsewhere, or something that a pass does not do. */
export interface Sweep {
  readonly container: CosmosContainer;
  /** Of the container; checkpoints of another one are worth nothing. */
  readonly containerRid: string;
  readonly selection: Selection;
  readonly read: "whole" | readonly string[];
  /** Brings a page to its end. After a crash it gets the page again. */
  page(rows: readonly JsonObject[]): Promise<StepOutcome>;
}

const SPLIT_WAIT_MS = 200;

/**
 * Goes through a container range by range, several at a time, with checkpoints like a pass: what an earlier attempt finished is not read again, and a range
 * that splits or merges is followed.
 *
 * @throws {TemporaryError} when a range stays away for longer than the settings' patience
 */
export async function sweep(options: Sweep, context: StepContext): Promise<StepOutcome> {
  const { container, containerRid, selection } = options;
  const { clock, settings, checkpoints } = context;
  const stopping = new AbortController();
  const signal = AbortSignal.any([context.signal, stopping.signal]);
  const ranges = await container.ranges({ signal });
  const plan = planParts({ containerRid, ranges, checkpoints: await checkpoints.load() });
  const meter = new ProgressMeter({
    clock,
    container: container.id,
    emit: (progress) => context.progress(progress),
  });
  const keeper = new CheckpointKeeper({ store: checkpoints, clock });
  for (const checkpoint of plan.done) meter.include(checkpoint);
  for (const checkpoint of plan.obsolete) keeper.drop(checkpoint);
  for (const part of plan.open) meter.watch(part);
  const governor = await context.budget.governorOf(container, { ...context, signal });
  if (plan.open.length > 0) {
    const properties = await container.properties({ signal });
    meter.expect(
      await expectedDocuments(container, { properties, open: plan.open, selection, governor, signal }),
    );
  }
  const sweeper = new Sweeper({ ...options, context, signal, meter, keeper, governor });
  await walkParts(plan.open, {
    atOnce: settings.concurrency,
    work: (part) => sweeper.work(part),
    onError: (error) => stopping.abort(error),
    meter,
    keeper,
  });
  return meter.outcome;
}

interface SweeperOptions extends Sweep {
  readonly context: StepContext;
  readonly signal: AbortSignal;
  readonly meter: ProgressMeter;
  readonly keeper: CheckpointKeeper;
  readonly governor: RuGovernor;
}

class Sweeper {
  readonly #options: SweeperOptions;
  readonly #query: string;

  constructor(options: SweeperOptions) {
    this.#options = options;
    this.#query = queryOf(options.selection, options.read);
  }

  /** Goes through one part. Returns what is left of it on other ranges when its own range is gone. */
  async work(part: Part): Promise<readonly Part[]> {
    const { keeper, context: { clock, settings } } = this.#options;
    let goneSinceMs: number | undefined;
    while (!part.done) {
      const page = await this.#readPage(part);
      if (page !== undefined) {
        goneSinceMs = undefined;
        const { documents, requestUnits } = await this.#options.page(page.rows);
        part.changed(documents.changed);
        part.spend(page.charge + requestUnits);
        part.advance({ skipped: page.rows.length - documents.changed, continuation: page.continuation });
        await keeper.moved(part);
        continue;
      }
      const parts = await this.#follow(part);
      if (parts !== undefined) return parts;
      goneSinceMs ??= clock.monotonicMs();
      if (clock.monotonicMs() - goneSinceMs > settings.patienceMs) throw this.#outOfPatience(part);
      await sleep(clock, { ms: SPLIT_WAIT_MS, signal: this.#options.signal });
    }
    return [];
  }

  /** A page of the part; `undefined` when its range is gone. */
  async #readPage(part: Part): Promise<Page | undefined> {
    const { container, selection, context, governor, signal } = this.#options;
    const maxItems = governor.documentsPerRequest("read", context.settings.pageSize);
    const query = () =>
      container.query({
        range: part.range,
        bounds: part.queryBounds,
        query: this.#query,
        parameters: selection.parameters,
        continuation: part.continuation,
        maxItems,
        signal,
      });
    return await patiently({ ...context, signal }, async () => {
      try {
        return await governor.send(query, {
          ...{ kind: "read", documents: maxItems, signal },
          chargeOf: ({ charge }) => charge,
        });
      } catch (error) {
        if (error instanceof CosmosError && error.status === 410) return undefined;
        throw error;
      }
    });
  }

  /** Finds the ranges that hold the part now; `undefined` when that is not known yet. */
  async #follow(part: Part): Promise<readonly Part[] | undefined> {
    const { container, meter, keeper, signal } = this.#options;
    const ranges = await container.ranges({ signal });
    if (ranges.some(({ id }) => id === part.range.id)) return undefined;
    const parts = part.moveTo(ranges);
    meter.forget(part);
    for (const child of parts) meter.watch(child);
    await keeper.replaced(part, parts);
    return parts;
  }

  #outOfPatience(part: Part): TemporaryError {
    const { container } = this.#options;
    return new TemporaryError(
      `Cannot go on with range ${part.range.id} of "${container.id}" as it is gone and no other took its place`,
      { hint: "Run again; finished ranges are not read again" },
    );
  }
}
