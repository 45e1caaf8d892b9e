import { createHash } from "node:crypto";
import { TemporaryError } from "../base/errors.ts";
import { isJsonObject, type JsonObject } from "../base/json.ts";
import type { CheckpointStore, RangeCheckpoint } from "../bulk/checkpoint.ts";
import type { LedgerOperation, StoredDocument } from "../cosmos/port.ts";
import type { Direction } from "../definition/record.ts";
import type { MigrationProgress } from "./migration_progress.ts";
import type { ActiveRun } from "./with_lease.ts";

/** What a checkpoint belongs to. A way back never finds the checkpoints of the way there, nor a new cycle those of an old one. */
export interface CheckpointOwner {
  readonly migrationId: string;
  readonly cycle: number;
  readonly direction: Direction;
  readonly step: string;
}

/** How checkpoints reach the ledger. */
export interface CheckpointPort {
  list(prefix: string): Promise<readonly StoredDocument[]>;
  /** In one transaction with the lease. */
  write(operations: readonly LedgerOperation[]): Promise<void>;
}

/** The checkpoints of one step, in the ledger. */
export class CheckpointLedger implements CheckpointStore {
  readonly #owner: CheckpointOwner;
  readonly #port: CheckpointPort;
  readonly #existing = new Set<string>();

  constructor(owner: CheckpointOwner, port: CheckpointPort) {
    this.#owner = owner;
    this.#port = port;
  }

  async load(): Promise<readonly RangeCheckpoint[]> {
    const documents = await this.#port.list(this.#prefix);
    for (const { id } of documents) this.#existing.add(id);
    return documents.map((document) => checkpointFrom(document)).filter((checkpoint) =>
      checkpoint !== undefined
    );
  }

  async save(
    checkpoints: readonly RangeCheckpoint[],
    options: { readonly obsolete?: readonly RangeCheckpoint[] } = {},
  ): Promise<void> {
    const documents = checkpoints.map((checkpoint) => this.#document(checkpoint));
    const kept = new Set(documents.map(({ id }) => id));
    const dropped = (options.obsolete ?? []).map((checkpoint) => this.#id(checkpoint))
      .filter((id) => this.#existing.has(id) && !kept.has(id));
    await this.#port.write([
      ...documents.map((document): LedgerOperation => ({ kind: "upsert", document })),
      ...dropped.map((id): LedgerOperation => ({ kind: "delete", id })),
    ]);
    for (const id of kept) this.#existing.add(id);
    for (const id of dropped) this.#existing.delete(id);
  }

  /** What removes every checkpoint of the step. */
  removal(): readonly LedgerOperation[] {
    return [...this.#existing].map((id) => ({ kind: "delete", id }));
  }

  get #prefix(): string {
    const { migrationId, cycle, direction, step } = this.#owner;
    return `checkpoint:${migrationId}:${cycle}:${direction}:${idSafe(step)}:`;
  }

  #id({ minInclusive, maxExclusive }: RangeCheckpoint): string {
    return `${this.#prefix}${minInclusive || "00"}-${maxExclusive}`;
  }

  #document(checkpoint: RangeCheckpoint): JsonObject & { readonly id: string } {
    return {
      ...checkpoint,
      documents: { ...checkpoint.documents },
      id: this.#id(checkpoint),
      type: "checkpoint",
      step: this.#owner.step,
    };
  }
}

/** The checkpoints of a step of the migration under way. */
export function openCheckpoints(
  run: ActiveRun,
  { progress, direction, step }: {
    readonly progress: MigrationProgress;
    readonly direction: Direction;
    readonly step: string;
  },
): CheckpointLedger {
  const { id: migrationId, cycle } = progress.record;
  return new CheckpointLedger({ migrationId, cycle, direction, step }, {
    list: async (prefix) => {
      const reply = await run.context.connection.ledger.list(prefix, { signal: run.signal });
      if (reply.kind === "ok") return reply.value;
      throw new TemporaryError("The checkpoints could not be read", {
        cause: "error" in reply ? reply.error : undefined,
      });
    },
    write: (operations) => progress.write(operations),
  });
}

function checkpointFrom(document: StoredDocument): RangeCheckpoint | undefined {
  const { containerRid, rangeId, minInclusive, maxExclusive, continuation, documents, requestUnits, done } =
    document;
  if (
    typeof containerRid !== "string" || typeof minInclusive !== "string" || typeof maxExclusive !== "string"
  ) return undefined;
  const counts = isJsonObject(documents) ? documents : {};
  return {
    containerRid,
    rangeId: typeof rangeId === "string" ? rangeId : "",
    minInclusive,
    maxExclusive,
    continuation: typeof continuation === "string" ? continuation : undefined,
    documents: {
      read: count(counts["read"]),
      changed: count(counts["changed"]),
      skipped: count(counts["skipped"]),
    },
    requestUnits: count(requestUnits),
    done: done === true,
  };
}

function count(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

/** Ids may not contain `/ \ # ?`; the hash keeps two keys apart that look alike without them. */
function idSafe(step: string): string {
  const hash = createHash("sha256").update(step).digest("hex").slice(0, 8);
  return `${step.replaceAll(/[^A-Za-z0-9._-]/g, "_").slice(0, 80)}-${hash}`;
}
