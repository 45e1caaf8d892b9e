import { sleep } from "../base/clock.ts";
import { addCounts, type DocumentCounts, NO_DOCUMENTS } from "../base/document_counts.ts";
import { CosmigError, CosmosError, TemporaryError } from "../base/errors.ts";
import { partitionKeyAsJson } from "../bulk/document_key.ts";
import { mapBounded } from "../bulk/map_bounded.ts";
import type {
  CosmosContainer,
  DocumentWrite,
  PartitionKey,
  PartitionKeyRange,
  StoredDocument,
  WriteResult,
} from "../cosmos/port.ts";
import { patiently } from "./_patiently.ts";
import type { StepContext, StepOutcome } from "./handler.ts";

/** What is to become of one document that is known by id and partition key. */
export interface DocumentGoal {
  readonly id: string;
  readonly partitionKey: PartitionKey;
  /** Do not look before the first try: the document is expected to be missing. */
  readonly expectMissing: boolean;
  /** The write that gets there from what was found; `undefined` when nothing is to be done. */
  decide(found: StoredDocument | undefined): DocumentWrite | undefined;
}

/** What {@linkcode reachGoals} works with. */
export interface GoalsOptions {
  readonly container: string;
  /** What it does, for messages: `seed`. */
  readonly action: string;
  readonly context: StepContext;
}

interface Attempt {
  readonly goal: DocumentGoal;
  readonly look: boolean;
  /** Creates refused although the document was not there: something else has its unique key. */
  readonly refusals: number;
}

type Verdict = { readonly kind: "reached" } | { readonly kind: "skipped" } | {
  readonly kind: "again";
  readonly attempt: Attempt;
  readonly waitMs: number;
};

/** Documents worked on together. */
const CHUNK = 50;
const WAIT_MS = 200;
const MAX_REFUSALS = 3;

/**
 * Brings single documents to where they are to be, each by a conditional write that follows from what was read; after a conflict it reads and decides again.
 * Doing it twice changes nothing the second time, so it needs no checkpoint. For few documents: each costs a read, unless it is expected to be missing.
 *
 * @throws {CosmigError} with code `documents-failed` for a document that the service refuses
 * @throws {TemporaryError} when the service does not take the documents for as long as the settings' patience
 */
export async function reachGoals(
  goals: readonly DocumentGoal[],
  options: GoalsOptions,
): Promise<StepOutcome> {
  const { context } = options;
  let outcome: StepOutcome = { documents: NO_DOCUMENTS, requestUnits: 0 };
  for (let start = 0; start < goals.length; start += CHUNK) {
    const chunk = await reachChunk(goals.slice(start, start + CHUNK), options);
    outcome = {
      documents: addCounts(outcome.documents, chunk.documents),
      requestUnits: outcome.requestUnits + chunk.requestUnits,
    };
    context.progress({
      container: options.container,
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

async function reachChunk(goals: readonly DocumentGoal[], options: GoalsOptions): Promise<StepOutcome> {
  const { clock, signal, settings } = options.context;
  let attempts: readonly Attempt[] = goals.map((goal) => ({ goal, look: !goal.expectMissing, refusals: 0 }));
  let documents: DocumentCounts = { ...NO_DOCUMENTS, read: goals.length };
  let requestUnits = 0;
  let deadlineMs = clock.monotonicMs() + settings.patienceMs;
  while (attempts.length > 0) {
    signal.throwIfAborted();
    const { verdicts, charge } = await tryOnce(attempts, options);
    const changed = verdicts.filter(({ kind }) => kind === "reached").length;
    const skipped = verdicts.filter(({ kind }) => kind === "skipped").length;
    documents = addCounts(documents, { read: 0, changed, skipped });
    requestUnits += charge;
    if (changed + skipped > 0) deadlineMs = clock.monotonicMs() + settings.patienceMs;
    const again = verdicts.filter((verdict) => verdict.kind === "again");
    attempts = again.map(({ attempt }) => attempt);
    const paceMs = settings.ruPerSecond === undefined ? 0 : (charge / settings.ruPerSecond) * 1_000;
    const waitMs = Math.max(paceMs, ...again.map(({ waitMs }) => waitMs));
    if (attempts.length > 0 && clock.monotonicMs() + waitMs > deadlineMs) throw outOfPatience(options);
    if (waitMs > 0) await sleep(clock, { ms: waitMs, signal });
  }
  return { documents, requestUnits };
}

/** One look at each document, and one bulk request for each physical range. */
async function tryOnce(
  attempts: readonly Attempt[],
  options: GoalsOptions,
): Promise<{ readonly verdicts: readonly Verdict[]; readonly charge: number }> {
  const { database, signal, settings } = options.context;
  const container = database.container(options.container);
  const looked = await mapBounded(attempts, {
    atOnce: settings.concurrency,
    action: async (attempt) => {
      const { id, partitionKey } = attempt.goal;
      const found = attempt.look ? await container.read(id, { partitionKey, signal }) : undefined;
      return { attempt, found, write: attempt.goal.decide(found) };
    },
  });
  const verdicts: Verdict[] = looked.filter(({ write }) => write === undefined).map(() => ({
    kind: "skipped",
  }));
  const open = looked.flatMap(({ write, ...rest }) => write === undefined ? [] : [{ ...rest, write }]);
  const ranges = open.length === 0 ? [] : await container.ranges({ signal });
  let charge = 0;
  for (const { range, items } of await groupByRange(open, { container, ranges })) {
    const results = await writeAll(container, { range, writes: items.map(({ write }) => write), options });
    for (const [index, { attempt, found }] of items.entries()) {
      const result = results[index];
      charge += result?.charge ?? 0;
      verdicts.push(judge(attempt, { found, result, options }));
    }
  }
  return { verdicts, charge };
}

async function groupByRange<Item extends { readonly attempt: Attempt }>(
  items: readonly Item[],
  { container, ranges }: {
    readonly container: CosmosContainer;
    readonly ranges: readonly PartitionKeyRange[];
  },
): Promise<readonly { readonly range: PartitionKeyRange; readonly items: readonly Item[] }[]> {
  const placed = await Promise.all(items.map(async (item) => ({
    item,
    range: await container.rangeOf(item.attempt.goal.partitionKey, ranges),
  })));
  return ranges.map((range) => ({
    range,
    items: placed.filter((other) => other.range.id === range.id).map(({ item }) => item),
  })).filter(({ items }) => items.length > 0);
}

/** A range that was split in between is no failure: its documents are tried again with the new ranges. */
function writeAll(
  container: CosmosContainer,
  { range, writes, options }: {
    readonly range: PartitionKeyRange;
    readonly writes: readonly DocumentWrite[];
    readonly options: GoalsOptions;
  },
): Promise<readonly (WriteResult | undefined)[]> {
  const { context } = options;
  return patiently(context, async () => {
    try {
      return await container.write(range, writes, { signal: context.signal });
    } catch (error) {
      if (error instanceof CosmosError && error.status === 410) return [];
      throw error;
    }
  });
}

function judge(
  attempt: Attempt,
  { found, result, options }: {
    readonly found: StoredDocument | undefined;
    readonly result: WriteResult | undefined;
    readonly options: GoalsOptions;
  },
): Verdict {
  const { goal, look } = attempt;
  const status = result?.status ?? 410;
  if (status >= 200 && status < 300) return { kind: "reached" };
  if (status === 409 || status === 412 || status === 404) {
    const refusals = attempt.refusals + (status === 409 && look && found === undefined ? 1 : 0);
    if (refusals < MAX_REFUSALS) {
      return { kind: "again", attempt: { goal, look: true, refusals }, waitMs: look ? WAIT_MS : 0 };
    }
  }
  if (status === 0 || status === 408 || status === 410 || status === 429 || status === 449 || status >= 500) {
    const waitMs = result?.retryAfterMs ?? WAIT_MS;
    // What was written without an answer may be there now.
    return { kind: "again", attempt: { ...attempt, look: look || status !== 429 }, waitMs };
  }
  const why = status === 409
    ? "another document has the same unique key"
    : `the service refused it: ${status}`;
  const { container, action } = options;
  throw new CosmigError(
    "documents-failed",
    `Cannot ${action} the document "${goal.id}" of "${container}" as ${why}${
      result?.message === undefined ? "" : ` (${result.message})`
    }`,
    {
      details: {
        container,
        id: goal.id,
        partitionKey: partitionKeyAsJson(goal.partitionKey),
        status,
      },
    },
  );
}

function outOfPatience({ container, action, context }: GoalsOptions): TemporaryError {
  return new TemporaryError(
    `Cannot ${action} the documents of "${container}" as the service took none for ${
      context.settings.patienceMs / 1_000
    } s`,
    { hint: "Run the same command again; what is written is kept" },
  );
}
