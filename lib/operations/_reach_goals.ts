import { sleep } from "../base/clock.ts";
import { addCounts, type DocumentCounts, NO_DOCUMENTS } from "../base/document_counts.ts";
import { CosmigError, CosmosError, TemporaryError } from "../base/errors.ts";
import { partitionKeyAsJson } from "../bulk/document_key.ts";
import { mapBounded } from "../bulk/map_bounded.ts";
import { chargeOfRead } from "../bulk/read_again.ts";
import type { RuGovernor } from "../bulk/ru_governor.ts";
import type {
  CosmosContainer,
  DocumentWrite,
  PartitionKey,
  PartitionKeyRange,
  StoredDocument,
  WriteResult,
} from "../cosmos/port.ts";
import { patiently } from "./_patiently.ts";
import { RangeDirectory } from "./_range_directory.ts";
import type { StepContext, StepOutcome } from "./handler.ts";

/** What is to become of one document that is known by id and partition key. */
export interface DocumentGoal {
  readonly id: string;
  readonly partitionKey: PartitionKey;
  /** What the first try rests on: a look at the document, the expectation that there is none, or what was read of it before. */
  readonly first:
    | { readonly kind: "look" }
    | { readonly kind: "missing" }
    | { readonly kind: "known"; readonly document: StoredDocument };
  /** The write that gets there from what was found; `undefined` when nothing is to be done, and a reason when it cannot get there. */
  decide(found: StoredDocument | undefined): DocumentWrite | GoalRefused | undefined;
}

/** A document cannot get to its goal from what was found. */
export interface GoalRefused {
  readonly kind: "refused";
  readonly why: string;
}

/** Why a document cannot get there. */
export interface Refusal {
  readonly goal: DocumentGoal;
  readonly why: string;
  readonly status: number;
}

/** What {@linkcode GoalReacher} works with. */
export interface GoalsOptions {
  readonly container: CosmosContainer;
  /** What it does, for messages: `seed`. */
  readonly action: string;
  readonly context: StepContext;
  /**
   * Takes note of a document that cannot get there, and the others go on.
   *
   * @default it ends with an error
   */
  onRefused?(refusal: Refusal): void;
}

interface Attempt {
  readonly goal: DocumentGoal;
  readonly first: DocumentGoal["first"];
  /** Creates refused although the document was not there: something else has its unique key. */
  readonly refusals: number;
}

type Verdict = { readonly kind: "reached" } | { readonly kind: "skipped" } | {
  readonly kind: "again";
  readonly attempt: Attempt;
  readonly waitMs: number;
};

/** Documents worked on together. */
const CHUNK = 100;
const WAIT_MS = 200;
const MAX_REFUSALS = 3;
const LOOK = { kind: "look" } as const;

/** Brings documents that are given to where they are to be; reports how many are done. */
export async function reachGoals(
  goals: readonly DocumentGoal[],
  options: Omit<GoalsOptions, "container"> & { readonly container: string },
): Promise<StepOutcome> {
  const { context, container } = options;
  const reacher = new GoalReacher({ ...options, container: context.database.container(container) });
  let outcome: StepOutcome = { documents: NO_DOCUMENTS, requestUnits: 0 };
  for (let start = 0; start < goals.length; start += CHUNK) {
    const chunk = await reacher.reach(goals.slice(start, start + CHUNK));
    outcome = {
      documents: addCounts(outcome.documents, chunk.documents),
      requestUnits: outcome.requestUnits + chunk.requestUnits,
    };
    context.progress({
      container,
      ...outcome,
      expected: goals.length,
      rangesDone: 0,
      rangesTotal: 1,
      ruPerSecond: 0,
      documentsPerSecond: 0,
      throttled: 0,
    });
  }
  return outcome;
}

/**
 * Brings single documents to where they are to be, each by a conditional write that follows from what was read; after a conflict it reads and decides again.
 * Doing it twice changes nothing the second time.
 */
export class GoalReacher {
  readonly #options: GoalsOptions;
  readonly #directory: RangeDirectory;
  #governor: Promise<RuGovernor> | undefined;

  constructor(options: GoalsOptions) {
    this.#options = options;
    this.#directory = new RangeDirectory(options.container, options.context.signal);
  }

  /**
   * Reaches all of the goals, in requests of up to 100 documents.
   *
   * @throws {CosmigError} with code `documents-failed` for a document that the service refuses, unless somebody takes note of it
   * @throws {TemporaryError} when the service does not take the documents for as long as the settings' patience
   */
  async reach(goals: readonly DocumentGoal[]): Promise<StepOutcome> {
    const { clock, signal, settings } = this.#options.context;
    let attempts: readonly Attempt[] = goals.map((goal) => ({ goal, first: goal.first, refusals: 0 }));
    let documents: DocumentCounts = { ...NO_DOCUMENTS, read: goals.length };
    let requestUnits = 0;
    let deadlineMs = clock.monotonicMs() + settings.patienceMs;
    while (attempts.length > 0) {
      signal.throwIfAborted();
      const { verdicts, charge } = await this.#tryOnce(attempts);
      const changed = verdicts.filter(({ kind }) => kind === "reached").length;
      const skipped = verdicts.filter(({ kind }) => kind === "skipped").length;
      documents = addCounts(documents, { read: 0, changed, skipped });
      requestUnits += charge;
      if (changed + skipped > 0) deadlineMs = clock.monotonicMs() + settings.patienceMs;
      const again = verdicts.filter((verdict) => verdict.kind === "again");
      attempts = again.map(({ attempt }) => attempt);
      const waitMs = Math.max(0, ...again.map(({ waitMs }) => waitMs));
      if (attempts.length > 0 && clock.monotonicMs() + waitMs > deadlineMs) throw this.#outOfPatience();
      if (waitMs > 0) await sleep(clock, { ms: waitMs, signal });
    }
    return { documents, requestUnits };
  }

  /** One look at each document, and one bulk request for each physical range. */
  async #tryOnce(
    attempts: readonly Attempt[],
  ): Promise<{ readonly verdicts: readonly Verdict[]; readonly charge: number }> {
    const { settings } = this.#options.context;
    const looked = await mapBounded(attempts, {
      atOnce: settings.concurrency,
      action: async (attempt) => {
        const { goal, first } = attempt;
        const found = first.kind === "look"
          ? await this.look(goal)
          : first.kind === "known"
          ? first.document
          : undefined;
        return { attempt, found, write: goal.decide(found) };
      },
    });
    const verdicts: Verdict[] = [];
    const open: { attempt: Attempt; found: StoredDocument | undefined; write: DocumentWrite }[] = [];
    for (const { attempt, found, write } of looked) {
      if (write === undefined) verdicts.push({ kind: "skipped" });
      else if (write.kind !== "refused") open.push({ attempt, found, write });
      else verdicts.push(this.#refuse({ goal: attempt.goal, why: write.why, status: 409 }));
    }
    let charge = 0;
    for (const { range, items } of await this.#groupByRange(open)) {
      const results = await this.#writeAll(range, items.map(({ write }) => write));
      for (const [index, { attempt, found }] of items.entries()) {
        const result = results[index];
        charge += result?.charge ?? 0;
        verdicts.push(this.#judge(attempt, { found, result }));
      }
    }
    return { verdicts, charge };
  }

  async #groupByRange<Item extends { readonly attempt: Attempt }>(
    items: readonly Item[],
  ): Promise<readonly { readonly range: PartitionKeyRange; readonly items: readonly Item[] }[]> {
    const groups = new Map<string, { readonly range: PartitionKeyRange; readonly items: Item[] }>();
    for (const item of items) {
      const range = await this.#directory.rangeOf(item.attempt.goal.partitionKey);
      const group = groups.get(range.id) ?? { range, items: [] };
      group.items.push(item);
      groups.set(range.id, group);
    }
    return [...groups.values()].flatMap(({ range, items }) =>
      chunksOf(items).map((items) => ({ range, items }))
    );
  }

  /** A range that was split in between is no failure: its documents are tried again with the new ranges. */
  async #writeAll(
    range: PartitionKeyRange,
    writes: readonly DocumentWrite[],
  ): Promise<readonly (WriteResult | undefined)[]> {
    const { container, context } = this.#options;
    const { signal } = context;
    const governor = await this.#governorOf();
    return await patiently(context, async () => {
      try {
        const results = await governor.send(() => container.write(range, writes, { signal }), {
          ...{ kind: "write", documents: writes.length, signal },
          chargeOf: (written) => written.reduce((sum, { charge }) => sum + charge, 0),
        });
        if (results.some(({ status }) => status === 410)) this.#directory.forget();
        return results;
      } catch (error) {
        if (!(error instanceof CosmosError && error.status === 410)) throw error;
        this.#directory.forget();
        return [];
      }
    });
  }

  /** Reads one document. */
  async look(
    { id, partitionKey }: Pick<DocumentGoal, "id" | "partitionKey">,
  ): Promise<StoredDocument | undefined> {
    const { container, context: { signal } } = this.#options;
    const governor = await this.#governorOf();
    return await governor.send(() => container.read(id, { partitionKey, signal }), {
      ...{ kind: "look", documents: 1, signal },
      chargeOf: (found) => chargeOfRead(found),
    });
  }

  #governorOf(): Promise<RuGovernor> {
    const { container, context } = this.#options;
    return this.#governor ??= context.budget.governorOf(container, context);
  }

  #judge(
    attempt: Attempt,
    { found, result }: {
      readonly found: StoredDocument | undefined;
      readonly result: WriteResult | undefined;
    },
  ): Verdict {
    const { goal, first } = attempt;
    const hasLooked = first.kind === "look";
    const status = result?.status ?? 410;
    if (status >= 200 && status < 300) return { kind: "reached" };
    if (status === 409 || status === 412 || status === 404) {
      const refusals = attempt.refusals + (status === 409 && hasLooked && found === undefined ? 1 : 0);
      if (refusals < MAX_REFUSALS) {
        return {
          kind: "again",
          attempt: { goal, first: LOOK, refusals },
          waitMs: hasLooked ? WAIT_MS : 0,
        };
      }
    }
    if (
      status === 0 || status === 408 || status === 410 || status === 429 || status === 449 || status >= 500
    ) {
      const waitMs = result?.retryAfterMs ?? WAIT_MS;
      // What was written without an answer may be there now.
      return { kind: "again", attempt: { ...attempt, first: status === 429 ? first : LOOK }, waitMs };
    }
    const why = status === 409
      ? "another document has the same unique key"
      : `the service refused it: ${status}${result?.message === undefined ? "" : ` (${result.message})`}`;
    return this.#refuse({ goal, why, status });
  }

  #refuse(refusal: Refusal): Verdict {
    if (this.#options.onRefused === undefined) throw refusalError(refusal, this.#options);
    this.#options.onRefused(refusal);
    return { kind: "skipped" };
  }

  #outOfPatience(): TemporaryError {
    const { container, action, context } = this.#options;
    return new TemporaryError(
      `Cannot ${action} the documents of "${container.id}" as the service took none for ${
        context.settings.patienceMs / 1_000
      } s`,
      { hint: "Run the same command again; what is written is kept" },
    );
  }
}

/** The error for a document that cannot get to its goal. */
export function refusalError(
  { goal: { id, partitionKey }, why, status }: Refusal,
  { container, action }: Pick<GoalsOptions, "container" | "action">,
): CosmigError {
  return new CosmigError(
    "documents-failed",
    `Cannot ${action} the document "${id}" of "${container.id}" as ${why}`,
    { details: { container: container.id, id, partitionKey: partitionKeyAsJson(partitionKey), status } },
  );
}

function chunksOf<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const chunks: Item[][] = [];
  for (let start = 0; start < items.length; start += CHUNK) chunks.push(items.slice(start, start + CHUNK));
  return chunks;
}
