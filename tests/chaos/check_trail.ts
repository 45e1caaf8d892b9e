import assert from "node:assert/strict";
import type { DatabaseReport } from "./database_process.ts";

/** What happened to a process. */
export interface Fate {
  readonly pid: number;
  /** Whether it was killed, paused, asked to stop, or had its lease taken. */
  readonly wasDisturbed: boolean;
  /** `null` when a signal ended it. */
  readonly code: number | null;
}

/**
 * Asserts that each migration took effect exactly once, whatever happened to the processes:
 *
 * - every document carries every number once, in order: no write was lost, doubled, or arrived after a later migration;
 * - each migration became `applied` by one transaction, in the order of the ids, and the terms of those that wrote records never went back;
 * - the log has no begin of a migration after the begin of a later one, and no process that was left behind logged again after its successor;
 * - a migration was begun again only after the one before did not end well.
 */
export function assertExactlyOnce(
  { audit, log, ledger, ledgerWrites }: Pick<DatabaseReport, "audit" | "log" | "ledger" | "ledgerWrites">,
  { migrations, fates }: { readonly migrations: number; readonly fates: readonly Fate[] },
): void {
  const numbers = Array.from({ length: migrations }, (_, index) => index + 1);
  const ids = numbers.map((number) => `20240101_${String(number).padStart(6, "0")}`);
  for (const { id, trail, version } of audit) {
    assert.deepEqual({ id, trail, version }, { id, trail: numbers, version: migrations });
  }
  assert.deepEqual(
    ledgerWrites.filter(({ status }) => status === "applied").map(({ id }) => id),
    ids,
    "records that became applied",
  );
  const terms = ledgerWrites.map(({ term }) => term);
  assert.deepEqual(terms, [...terms].sort((left, right) => left - right), "terms of record writes");
  assert.equal(new Set(ledgerWrites.map(({ nonce }) => nonce)).size, new Set(terms).size, "holders by term");
  assert.deepEqual(
    ledger.filter(({ type }) => type === "checkpoint").map(({ id }) => id),
    [],
    "checkpoints that are left",
  );

  const begun = log.map(({ migration, pid }) => ({ migration: String(migration), pid: Number(pid) }));
  assert.deepEqual([...new Set(begun.map(({ migration }) => migration))], ids, "migrations in the log");
  assert.deepEqual(
    begun.map(({ migration }) => migration),
    begun.map(({ migration }) => migration).sort(),
    "the order of the log",
  );
  const byPid = new Map(fates.map((fate) => [fate.pid, fate]));
  for (const [index, { migration, pid }] of begun.entries()) {
    const next = begun[index + 1];
    if (next?.migration !== migration) continue;
    const fate = byPid.get(pid);
    assert.ok(
      fate?.wasDisturbed || fate?.code !== 0,
      `process ${pid} began ${migration}, ended well, and it was begun again by ${next.pid}`,
    );
  }
}
