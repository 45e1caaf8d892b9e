import assert from "node:assert/strict";
import { CosmosError } from "../../../lib/base/errors.ts";
import { recordToDocument } from "../../../lib/definition/record.ts";
import { digestOf, digestToJson } from "../../../lib/history/digest.ts";
import { readFreshRecords, readLease, readRecords } from "../../../lib/history/read_history.ts";
import { MemoryLedger } from "../../support/memory_ledger.ts";
import { record } from "../../support/records.ts";
import { VirtualClock } from "../../support/virtual_clock.ts";

function fixture() {
  const clock = new VirtualClock();
  return {
    clock,
    ledger: new MemoryLedger(clock),
    options: { clock, signal: new AbortController().signal, patienceMs: 5_000 },
  };
}

/** A ledger whose database or container does not exist until a given time. */
function missing(
  what: "database" | "container",
  { clock, ledger, untilMs }: { clock: VirtualClock; ledger: MemoryLedger; untilMs: number },
) {
  const read: MemoryLedger["read"] = (id, options) => {
    if (clock.monotonicMs() >= untilMs) return ledger.read(id, options);
    const failure = { status: 404, operation: "read", retryable: false, ambiguous: false };
    return Promise.reject(new CosmosError("Not found", failure, { details: { missing: what } }));
  };
  return Object.assign(Object.create(ledger) as MemoryLedger, { read });
}

Deno.test("readLease() takes a missing container for a ledger without a lease", async () => {
  const { clock, ledger, options } = fixture();
  assert.equal(
    await clock.run(readLease(missing("container", { clock, ledger, untilMs: 1e9 }), options)),
    undefined,
  );
});

Deno.test("readLease() waits for a missing database as long as it is told, and no longer", async () => {
  const { clock, ledger, options } = fixture();
  const store = missing("database", { clock, ledger, untilMs: 20_000 });
  await assert.rejects(clock.run(readLease(store, options)), { status: 404 });
  assert.equal(clock.monotonicMs(), 0);
  await assert.rejects(clock.run(readLease(store, { ...options, databasePatienceMs: 10_000 })), {
    status: 404,
  });
  assert.equal(clock.monotonicMs(), 10_000);
  assert.equal(await clock.run(readLease(store, { ...options, databasePatienceMs: 60_000 })), undefined);
  assert.ok(clock.monotonicMs() >= 20_000 && clock.monotonicMs() < 21_000);
});

Deno.test("readRecords() goes on while the service is busy, and gives up as temporary", async () => {
  const { clock, ledger, options } = fixture();
  ledger.documents.set("migration:20240101_000001", {
    ...recordToDocument(record("20240101_000001")),
    id: "migration:20240101_000001",
    _etag: "e",
    _ts: 0,
  });
  ledger.faults = () => clock.monotonicMs() < 3_000 ? "unavailable" : undefined;
  assert.deepEqual((await clock.run(readRecords(ledger, options))).map(({ id }) => id), ["20240101_000001"]);
  ledger.faults = () => "unavailable";
  await assert.rejects(clock.run(readRecords(ledger, options)), { code: "temporary" });
});

Deno.test("readRecords() refuses a record that is not one", async () => {
  const { clock, ledger, options } = fixture();
  ledger.documents.set("migration:x", { id: "migration:x", status: "applied", _etag: "e", _ts: 0 });
  await assert.rejects(clock.run(readRecords(ledger, options)), { kind: "unreadable" });
});

Deno.test("readFreshRecords() reads again until the history is the lease's, and refuses one that never is", async () => {
  const { clock, ledger, options } = fixture();
  const known = record("20240101_000001");
  const digest = digestToJson(digestOf([known]));
  const add = () => {
    ledger.documents.set(`migration:${known.id}`, {
      ...recordToDocument(known),
      id: `migration:${known.id}`,
      _etag: "e",
      _ts: 0,
    });
  };
  let renewals = 0;
  const renew = () => {
    if (++renewals === 2) add();
    return Promise.resolve();
  };
  assert.deepEqual(
    (await clock.run(readFreshRecords(ledger, { ...options, digest, renew }))).map(({ id }) => id),
    [known.id],
  );
  assert.equal(renewals, 2);
  const other = digestToJson(digestOf([{ ...known, status: "failed" }]));
  await assert.rejects(
    clock.run(readFreshRecords(ledger, { ...options, digest: other, renew: () => Promise.resolve() })),
    { kind: "digest-mismatch" },
  );
});
