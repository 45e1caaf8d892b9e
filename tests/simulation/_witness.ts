import { isJsonObject } from "../../lib/base/json.ts";
import type { StoredDocument } from "../../lib/cosmos/port.ts";
import type { MigrationRecord, RecordStatus } from "../../lib/definition/record.ts";
import type { Standing } from "./_migrations.ts";
import type { Change, PartitionObserver } from "./_partition.ts";
import type { Plot } from "./_plot.ts";
import type { SimulatedProcess } from "./_process.ts";
import { wrongRepair } from "./_repairs.ts";
import type { Timeline } from "./_timeline.ts";

/** Where a record may go from where it is, and whether its cycle grows; `version`: just where another version of the migration begins. */
const LEGAL: Readonly<
  Record<RecordStatus | "none", Partial<Record<RecordStatus, "same" | "next" | "version">>>
> = {
  none: { running: "next", baselined: "next" },
  running: { running: "version", applied: "same", failed: "same", reverting: "next" },
  applied: { reverting: "next" },
  // Whoever marks it as applied first notes what is to be touched.
  failed: { running: "version", reverting: "next", failed: "same" },
  reverting: { reverting: "same", reverted: "same", held: "same" },
  reverted: { running: "next", baselined: "next" },
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
  readonly #plot: Plot;
  readonly #owners = new Map<string, string>();
  /** How often each migration has failed since somebody or something gave it another chance. */
  readonly #failures = new Map<string, number>();
  /** The version that was applied, whatever was accepted afterwards. */
  readonly #appliedVersion = new Map<string, string>();
  /** Migrations of which a person said that they are applied. */
  readonly #marked = new Set<string>();
  #leaseWrittenMs = 0;
  #newestTerm = 0;
  #newestRecordTerm = 0;
  #newestSequence = 0;
  /** Applied migrations, in the order in which that was recorded. */
  #applied: readonly string[] = [];

  constructor(
    options: { readonly timeline: Timeline; readonly trace: (line: string) => void; readonly plot: Plot },
  ) {
    this.#timeline = options.timeline;
    this.#plot = options.plot;
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
      this.#checkRecords(process, changes);
    }
    if (lease !== undefined) this.#leaseWrittenMs = this.#timeline.nowMs;
  }

  /** What the documents have to show of a migration. */
  standingOf(record: MigrationRecord | undefined): Standing {
    switch (record?.status) {
      case "applied":
        return { kind: "applied", checksum: this.#appliedVersion.get(record.id) ?? "" };
      case "baselined":
        return { kind: this.#marked.has(record.id) ? "unknown" : "none" };
      default:
        return { kind: "none" };
    }
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

  #checkRecords(process: SimulatedProcess, changes: readonly Change[]): void {
    // A baseline writes several at once, in no order.
    const records = changes.filter(({ id }) => id.startsWith("migration:")).sort((left, right) =>
      Number(left.after?.["sequence"]) - Number(right.after?.["sequence"])
    );
    const audit = changes.find(({ id }) => id.startsWith("audit:"));
    if (audit !== undefined) {
      const wrong = wrongRepair(audit, records);
      if (wrong !== undefined) this.report(wrong);
    }
    for (const change of records) {
      if (change.after === undefined) this.report("a record was deleted");
      else if (audit === undefined) this.#checkTransition(process, { ...change, after: change.after });
      else this.#noteRepair(audit, change);
      this.#checkRecord(change);
    }
  }

  #checkTransition(
    process: SimulatedProcess,
    { before, after }: Change & { readonly after: StoredDocument },
  ): void {
    const from = before === undefined ? "none" : before["status"] as RecordStatus;
    const to = after["status"] as RecordStatus;
    const [cycleBefore, cycle] = [Number(before?.["cycle"] ?? 0), Number(after["cycle"])];
    const growth = LEGAL[from][to];
    if (growth === undefined) return this.report(`a record went from ${from} to ${to}`);
    const grows = growth === "next" || growth === "version" && versionOf(before) !== versionOf(after);
    if (cycle - cycleBefore !== (grows ? 1 : 0)) {
      this.report(`a record went from ${from} to ${to} and from cycle ${cycleBefore} to ${cycle}`);
    }
    if (to === "baselined" && !process.name.startsWith("person")) {
      this.report("a record was baselined that nobody asked for");
    }
    this.#checkAttempts(String(after["migrationId"]), { from, to, isOther: grows });
    if (to === "applied") this.#appliedVersion.set(String(after["migrationId"]), versionOf(after));
  }

  #checkAttempts(
    id: string,
    { from, to, isOther }: { readonly from: string; readonly to: string; readonly isOther: boolean },
  ): void {
    const { ailsUntilMs, maxAttempts } = this.#plot;
    if (isOther || to === "applied") this.#failures.delete(id);
    const failures = this.#failures.get(id) ?? 0;
    if (from === "failed" && to === "running" && failures >= maxAttempts) {
      this.report("a parked migration was tried again");
    }
    if (to !== "failed" || from === "failed") return;
    this.#failures.set(id, failures + 1);
    if (ailsUntilMs === undefined) this.report("a failure was recorded although nothing failed");
  }

  #noteRepair(audit: Change, { after }: Change): void {
    const id = String(after?.["migrationId"]);
    if (audit.after?.["action"] === "retry") this.#failures.delete(id);
    if (audit.after?.["action"] === "mark-applied") this.#marked.add(id);
  }

  #checkRecord({ before, after }: Change): void {
    if (after === undefined) return;
    const from = before === undefined ? "none" : before["status"] as RecordStatus;
    const to = after["status"] as RecordStatus;
    if (
      before?.["cycle"] === after["cycle"] &&
      doneSteps(before).some((step) => !doneSteps(after).includes(step))
    ) {
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
    const isReleased = from === "held" && to === "reverted";
    const isNew = !isReleased && (from === "none" || from === "reverted" || from === "held");
    if (isNew && sequence <= this.#newestSequence) this.report("a sequence number was given twice");
    if (!isNew && sequence !== before?.["sequence"]) this.report("a sequence number changed");
    this.#newestSequence = Math.max(this.#newestSequence, sequence);
    const others = this.#applied.filter((other) => other !== id);
    const isDone = to === "applied" || to === "baselined";
    this.#applied = isDone && from !== to ? [...others, id] : isDone ? this.#applied : others;
  }
}

/** The version that a record is about. */
function versionOf(record: StoredDocument | undefined): string {
  const checksums = record?.["checksums"];
  return Array.isArray(checksums) ? String(checksums.at(-1)) : "";
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
