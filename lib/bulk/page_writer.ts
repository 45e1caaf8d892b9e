import { type Clock, sleep } from "../base/clock.ts";
import { TemporaryError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import type { CosmosContainer, WriteResult } from "../cosmos/port.ts";
import { type DecidedDocument, decideDocument, type DecideOptions } from "./decide_document.ts";
import type { FailureList } from "./failure_list.ts";
import { mapBounded } from "./map_bounded.ts";
import type { Part } from "./part.ts";
import { type Pending, pendingFrom } from "./_pending.ts";
import { RangeGoneError } from "./_range_gone_error.ts";
import type { RangeLane, Setback } from "./range_lane.ts";
import { readAgain } from "./read_again.ts";
import type { RuGovernor } from "./ru_governor.ts";
import { inWords, judgeWrite } from "./write_result.ts";

/** Limit of the service. */
const DOCUMENTS_PER_REQUEST = 100;
/** As the SDK does it: larger requests take the service so long that they time out. */
const BYTES_PER_REQUEST = 220_000;
const DECISIONS_AT_ONCE = 16;
const READS_AT_ONCE = 8;
const FIRST_CONFLICT_WAIT_MS = 10;
const MAX_CONFLICT_WAIT_MS = 1_000;
/** Times that a unique key may be taken; a document that is changed by the same pass may let go of it. */
const MAX_TAKEN = 3;

/** What the pages of one part are written with. */
export interface PageWriterOptions {
  readonly container: CosmosContainer;
  readonly part: Part;
  readonly lane: RangeLane;
  readonly governor: RuGovernor;
  readonly decide: DecideOptions;
  readonly failures: FailureList;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly patienceMs: number;
  readonly requestsInFlight: number;
}

/**
 * Decides about the documents of a page and writes what has to change, in requests of up to 100 documents. Nothing is written before all are decided.
 *
 * Every write is conditional on the ETag that its decision was made for. So it may be sent again whenever its fate is not known: an attempt that took
 * effect makes the next one fail with 412, and reading the document again tells the rest.
 */
export class PageWriter {
  readonly #options: PageWriterOptions;

  constructor(options: PageWriterOptions) {
    this.#options = options;
  }

  /**
   * Brings a page to its end.
   *
   * @returns how many documents were changed or could not be
   * @throws {RangeGoneError} when the range is gone; what was written is counted
   */
  async write(rows: readonly JsonObject[]): Promise<number> {
    const { decide, part, signal } = this.#options;
    const before = part.documents.changed;
    const decided = await mapBounded(rows, {
      atOnce: DECISIONS_AT_ONCE,
      action: (row) => {
        signal.throwIfAborted();
        return decideDocument(row, decide);
      },
    });
    const queue: Pending[] = [];
    let failed = 0;
    for (const document of decided) {
      if (document === undefined) continue;
      if ("write" in document) queue.push(pendingFrom(document.write, document.id));
      else {
        failed++;
        this.#fail(document, document.failure);
      }
    }
    failed += await this.#writeAll(queue);
    return part.documents.changed - before + failed;
  }

  /** Writes until the queue is empty and returns how many documents were refused. */
  async #writeAll(queue: Pending[]): Promise<number> {
    let refused = 0;
    let stopped = false;
    const work = async () => {
      try {
        for (let chunk = this.#take(queue); chunk.length > 0 && !stopped; chunk = this.#take(queue)) {
          const outcome = await this.#send(chunk);
          refused += outcome.refused;
          queue.unshift(...outcome.again);
        }
      } catch (error) {
        stopped = true;
        throw error;
      }
    };
    const workers = Array.from({ length: this.#options.requestsInFlight }, work);
    for (const outcome of await Promise.allSettled(workers)) {
      if (outcome.status === "rejected") throw outcome.reason;
    }
    return refused;
  }

  /** As much of the queue as one request may hold. */
  #take(queue: Pending[]): readonly Pending[] {
    const limit = this.#options.governor.documentsPerRequest("write", DOCUMENTS_PER_REQUEST);
    let bytes = 0;
    let length = 0;
    for (const pending of queue) {
      bytes += pending.bytes;
      if (length === limit || length > 0 && bytes > BYTES_PER_REQUEST) break;
      length++;
    }
    return queue.splice(0, length);
  }

  async #send(
    chunk: readonly Pending[],
  ): Promise<{ readonly again: readonly Pending[]; readonly refused: number }> {
    const { container, part, lane } = this.#options;
    const sent = await lane.send(
      // Without the signal: a write that is under way is brought to its end, so that its fate is known.
      () => container.write(part.range, chunk.map(({ write }) => write)),
      { kind: "write", documents: chunk.length, chargeOf: totalCharge },
    );
    if (sent.kind === "failed") {
      const { ambiguous } = sent.error.failure;
      return {
        again: chunk.map((pending) => ({ ...pending, ambiguous: pending.ambiguous || ambiguous })),
        refused: 0,
      };
    }
    return await this.#digest(chunk, sent.value);
  }

  async #digest(chunk: readonly Pending[], results: readonly WriteResult[]) {
    const { part, lane, clock } = this.#options;
    const again: Pending[] = [];
    const unclear: Pending[] = [];
    const setbacks: WriteResult[] = [];
    let refused = 0;
    let written = 0;
    let rangeGone = false;
    for (const [index, pending] of chunk.entries()) {
      const result = results[index] ?? NO_RESULT;
      const verdict = judgeWrite(result);
      switch (verdict.kind) {
        case "written":
          written++;
          break;
        case "missing":
          break;
        case "again":
          again.push({ ...pending, ambiguous: pending.ambiguous || verdict.ambiguous });
          setbacks.push(result);
          break;
        case "range-gone":
          rangeGone = true;
          break;
        case "conflict":
          unclear.push({
            ...pending,
            conflicts: pending.conflicts + 1,
            conflictingSinceMs: pending.conflictingSinceMs ?? clock.monotonicMs(),
          });
          break;
        case "taken":
          if (pending.taken + 1 < MAX_TAKEN) unclear.push({ ...pending, taken: pending.taken + 1 });
          else {
            refused++;
            this.#fail({ id: pending.id, partitionKey: pending.write.partitionKey }, inWords(result));
          }
          break;
        case "refused":
          refused++;
          this.#fail({ id: pending.id, partitionKey: pending.write.partitionKey }, verdict.message);
      }
    }
    part.changed(written);
    if (setbacks.length < chunk.length) lane.progressed();
    if (rangeGone) throw new RangeGoneError(undefined);
    for (const { pending, failed } of await this.#resolveAll(unclear)) {
      if (pending !== undefined) again.push(pending);
      if (failed) refused++;
    }
    if (setbacks.length > 0) await lane.setBack(worstOf(setbacks));
    return { again, refused };
  }

  async #resolveAll(unclear: readonly Pending[]) {
    const { clock, random, signal } = this.#options;
    if (unclear.length === 0) return [];
    const conflicts = Math.max(...unclear.map((pending) => pending.conflicts + pending.taken));
    if (conflicts > 1) {
      const ceilingMs = Math.min(FIRST_CONFLICT_WAIT_MS * 2 ** conflicts, MAX_CONFLICT_WAIT_MS);
      await sleep(clock, { ms: ceilingMs * random(), signal });
    }
    return await mapBounded(unclear, {
      atOnce: READS_AT_ONCE,
      action: (pending) => this.#resolve(pending),
    });
  }

  /** Reads a document again and decides again. */
  async #resolve(
    pending: Pending,
  ): Promise<{ readonly pending?: Pending; readonly failed?: boolean }> {
    const { decide, part } = this.#options;
    this.#requirePatience(pending);
    const { id, write: { partitionKey } } = pending;
    const document = await readAgain({ id, partitionKey }, this.#options);
    if (document === undefined) return {};
    const decided = decide.selection.matches(document) ? await decideDocument(document, decide) : undefined;
    if (decided === undefined) {
      // Nobody else has a reason to finish the document, so the attempt without an answer did.
      if (pending.ambiguous) part.changed(1);
      return {};
    }
    if ("failure" in decided) {
      this.#fail(decided, decided.failure);
      return { failed: true };
    }
    return { pending: { ...pending, ...pendingFrom(decided.write, id, pending) } };
  }

  #requirePatience({ id, conflictingSinceMs, conflicts }: Pending): void {
    const { clock, patienceMs, decide } = this.#options;
    if (conflictingSinceMs === undefined || clock.monotonicMs() - conflictingSinceMs <= patienceMs) return;
    throw new TemporaryError(
      `Cannot change document ${
        JSON.stringify(id)
      } of "${decide.pass.container}" as it has to stay the same ` +
        `between a read and a write: current value is ${conflicts} changes by others in a row`,
      { hint: "Run again when the document is written less often", details: { id } },
    );
  }

  #fail(document: Pick<DecidedDocument, "id" | "partitionKey">, cause: unknown): void {
    this.#options.part.hold();
    this.#options.failures.add({ ...document, cause });
  }
}

const NO_RESULT: WriteResult = {
  status: 0,
  substatus: 0,
  etag: undefined,
  charge: 0,
  retryAfterMs: undefined,
  message: undefined,
};

function totalCharge(results: readonly WriteResult[]): number {
  return results.reduce((total, { charge }) => total + charge, 0);
}

/** Throttling first; of several the longest wait. */
function worstOf(results: readonly WriteResult[]): Setback {
  const throttled = results.filter(({ status }) => status === 429);
  const relevant = throttled.length > 0 ? throttled : results;
  const waits = relevant.flatMap(({ retryAfterMs }) => retryAfterMs === undefined ? [] : [retryAfterMs]);
  return {
    status: relevant[0]?.status ?? 0,
    retryAfterMs: waits.length === 0 ? undefined : Math.max(...waits),
    cause: relevant[0]?.message,
  };
}
