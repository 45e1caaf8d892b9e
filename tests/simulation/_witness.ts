import { isJsonObject } from "../../lib/base/json.ts";
import type { StoredDocument } from "../../lib/cosmos/port.ts";
import type { RecordStatus } from "../../lib/definition/record.ts";
import type { Change, PartitionObserver } from "./_partition.ts";
import type { SimulatedProcess } from "./_process.ts";
import type { Timeline } from "./_timeline.ts";

/** Where a record may go from where it is; the cycle grows where `next` says so. */
const LEGAL: Readonly<
  Record<RecordStatus | "none", Partial<Record<RecordStatus, "same" | "next" | "either">>>
> = {
  none: { running: "next" },
  running: { running: "either", applied: "same", failed: "same", reverting: "next" },
  applied: { reverting: "next" },
  failed: { running: "either", reverting: "next" },
  reverting: { reverting: "same", reverted: "same", held: "same" },
  reverted: { running: "next" },
  held: { running: "next" },
  baselined: {},
};
/** A reader's clock may run that much fast. */
const CLOCK_RATE = 1.1;

/** Looks at every transaction of the ledger as it takes effect and says which promise it breaks. Knows the truth, which no runner does. */
export class Witness implements PartitionObserver {
  readonly violations: string[] = [];
  readonly #timeline: Timeline;
  readonly #trace: (line: string) => void;
  readonly #owners = new Map<string, string>();
  #leaseWrittenMs = 0;
  #newestTerm = 0;
  #newestRecordTerm = 0;
  #newestSequence = 0;
  /** Applied migrations, in the order in which that was recorded. */
  #applied: readonly string[] = [];

  constructor(options: { readonly timeline: Timeline; readonly trace: (line: string) => void }) {
    this.#timeline = options.timeline;
    this.#trace = options.trace;
  }

  /** Notes that a process may use a nonce. */
  noteNonce(process: SimulatedProcess, nonce: string): void {
    this.#owners.set(nonce, process.name);
  }

  report(violation: string): void {
    if (!this.violations.includes(violation)) this.violations.push(violation);
    this.#trace(`VIOLATION ${violation}`);
  }

  committed(process: SimulatedProcess | undefined, changes: readonly Change[]): void {
    const lease = changes.find(({ id }) => id === "lease");
    this.#trace(`  took effect: ${changes.map(inWords).join(", ")}`);
    if (process === undefined) this.#noteOperator(lease);
    else {
      if (lease !== undefined) this.#checkLease(process, lease);
      for (const change of changes) if (change.id !== "lease") this.#checkFence(process, { lease, change });
      for (const change of changes) if (change.id.startsWith("migration:")) this.#checkRecord(change);
    }
    if (lease !== undefined) this.#leaseWrittenMs = this.#timeline.nowMs;
  }

  /** Sequence numbers follow the order of application. To be called at the end. */
  checkOrder(records: readonly { readonly id: string; readonly sequence: number }[]): void {
    const inOrder = this.#applied.map((id) => records.find((record) => record.id === id)?.sequence ?? 0);
    if (inOrder.some((sequence, index) => index > 0 && sequence <= (inOrder[index - 1] ?? 0))) {
      this.report(`sequence numbers are not in the order of application: ${inOrder.join(", ")}`);
    }
  }

  #noteOperator(lease: Change | undefined): void {
    // Without its document the lease restarts from what the records say.
    this.#newestTerm = lease?.after === undefined ? this.#newestRecordTerm : Number(lease.after["term"]);
  }

  #checkLease(process: SimulatedProcess, { before, after }: Change): void {
    if (after === undefined) return this.report("a runner deleted the lease");
    if (this.#owners.get(String(after["nonce"])) !== process.name) {
      this.report("a lease was written with a nonce of another runner");
    }
    if (before === undefined) return;
    if (before["nonce"] === after["nonce"]) {
      if (before["holder"] === null) this.report("a lease was written after it was given back");
      if (before["term"] !== after["term"] && before["provisional"] !== true) {
        this.report("a holder changed its term");
      }
    } else this.#checkTakeOver(before, after);
    if (after["provisional"] !== true) this.#checkTerm({ before, after });
  }

  #checkTakeOver(before: StoredDocument, after: StoredDocument): void {
    if (after["holder"] === null) this.report("a lease was given back by a runner that did not hold it");
    if (before["holder"] === null) return;
    const ageMs = this.#timeline.nowMs - this.#leaseWrittenMs;
    if (ageMs < Number(before["durationMs"]) / CLOCK_RATE - 1) {
      this.report("a lease was taken over before its time was over");
    }
  }

  #checkTerm({ before, after }: { readonly before: StoredDocument; readonly after: StoredDocument }): void {
    const term = Number(after["term"]);
    const isNew = before["nonce"] !== after["nonce"] || before["provisional"] === true;
    if (isNew && term <= this.#newestTerm) this.report("a term did not grow");
    this.#newestTerm = Math.max(this.#newestTerm, term);
  }

  #checkFence(
    process: SimulatedProcess,
    { lease, change }: { readonly lease: Change | undefined; readonly change: Change },
  ): void {
    if (change.id === "fence-probe") return this.report("a batch took effect whose condition failed");
    const holder = lease?.before?.["nonce"];
    if (lease === undefined || holder !== lease.after?.["nonce"]) {
      return this.report("a ledger document was written by a runner that did not hold the lease");
    }
    if (this.#owners.get(String(holder)) !== process.name) {
      this.report("a ledger document was written under the lease of another runner");
    }
  }

  #checkRecord({ before, after }: Change): void {
    if (after === undefined) return this.report("a record was deleted");
    const from = before === undefined ? "none" : before["status"] as RecordStatus;
    const to = after["status"] as RecordStatus;
    const [cycleBefore, cycle] = [Number(before?.["cycle"] ?? 0), Number(after["cycle"])];
    const growth = LEGAL[from][to];
    if (growth === undefined) return this.report(`a record went from ${from} to ${to}`);
    const grown = cycle - cycleBefore;
    if (grown < 0 || grown > 1 || growth === "same" && grown !== 0 || growth === "next" && grown !== 1) {
      this.report(`a record went from ${from} to ${to} and from cycle ${cycleBefore} to ${cycle}`);
    }
    if (to === "failed") this.report("a failure was recorded although nothing failed");
    if (cycle === cycleBefore && doneSteps(before).some((step) => !doneSteps(after).includes(step))) {
      this.report("a finished step is not finished any more");
    }
    const term = Number(after["term"]);
    if (term < this.#newestRecordTerm) this.report("a record was written with an old term");
    this.#newestRecordTerm = Math.max(term, this.#newestRecordTerm);
    this.#noteOrder(String(after["migrationId"]), { from, to, after, before });
  }

  #noteOrder(
    id: string,
    { from, to, before, after }: {
      readonly from: string;
      readonly to: string;
      readonly before: StoredDocument | undefined;
      readonly after: StoredDocument;
    },
  ): void {
    const sequence = Number(after["sequence"]);
    const isNew = from === "none" || from === "reverted" || from === "held";
    if (isNew && sequence <= this.#newestSequence) this.report("a sequence number was given twice");
    if (!isNew && sequence !== before?.["sequence"]) this.report("a sequence number changed");
    this.#newestSequence = Math.max(this.#newestSequence, sequence);
    const others = this.#applied.filter((other) => other !== id);
    this.#applied = to === "applied" ? [...others, id] : others;
  }
}

function doneSteps(record: StoredDocument | undefined): readonly string[] {
  const steps = record?.["steps"];
  if (!Array.isArray(steps)) return [];
  return steps.filter(isJsonObject).filter(({ status }) => status === "done")
    .map(({ key, direction, cycle }) => `${key} ${direction} ${cycle}`);
}

function inWords({ id, before, after }: Change): string {
  if (after === undefined) return `${id} deleted`;
  if (id === "lease") {
    const held = after["holder"] === null ? `free, unsettled ${after["unsettled"]}` : "held";
    return `lease ${after["nonce"]} term ${after["term"]} revision ${after["revision"]} ${held}` +
      (before === undefined ? " created" : "") + (after["intent"] === null ? "" : " with intent");
  }
  const status = after["status"];
  return status === undefined ? id : `${id} ${status} cycle ${after["cycle"]} sequence ${after["sequence"]}`;
}
