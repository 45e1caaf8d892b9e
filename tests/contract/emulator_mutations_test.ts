/**
 * Defects of the embedded database, one at a time: each is caught by a check of the conformance suite, so the suite would notice if the real one had it.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { startEmulator } from "../../lib/emulator/mod.ts";
import { makeMutant, type Mutation } from "../support/mutant.ts";
import { openEmbeddedEndpoint } from "./cosmos/embedded_endpoint.ts";
import { runSuite } from "./cosmos/run_suite.ts";
import { SUITE } from "./cosmos/suite.ts";

interface Defect extends Mutation {
  readonly name: string;
  /** How the name of the check that catches it begins. */
  readonly caughtBy: string;
}

const DEFECTS: readonly Defect[] = [
  {
    name: "a write does not change the ETag",
    file: "emulator/store/container.ts",
    find: "return etagOf(this.number, version.lsn);",
    replace: "return etagOf(this.number, 1);",
    caughtBy: "ETags: every kind of write gives a new one",
  },
  {
    name: "a replace of a container does not change its ETag",
    file: "emulator/store/container.ts",
    find: "this.#writes++;",
    replace: "",
    caughtBy: "containers: replaced under their ETag only",
  },
  {
    name: "a batch that failed is not rolled back",
    file: "emulator/store/transaction.ts",
    find: "for (const step of undo.reverse()) step();",
    replace: "",
    caughtBy: "batch: a conflict undoes",
  },
  {
    name: "a batch that failed leaves the session ahead",
    file: "emulator/store/document_store.ts",
    find: "this.#transaction.undoable(() => this.#lsn = lsn);",
    replace: "",
    caughtBy: "batch: one that failed leaves ETag, change feed and session",
  },
  {
    name: "a batch that failed forgets the unique values of a document",
    file: "emulator/store/document_store.ts",
    find: "uniqueIndex.add(previous, key);",
    replace: "",
    caughtBy: "unique keys: a value is free again",
  },
  {
    name: "If-Match is ignored on writes",
    file: "emulator/document_operation.ts",
    find: "function checkConditions({ ifMatch, ifNoneMatch }: DocumentOperation, etag: string): void {",
    replace:
      "function checkConditions({ ifMatch, ifNoneMatch }: DocumentOperation, etag: string): void {\nreturn;",
    caughtBy: "If-Match: replace",
  },
  {
    name: "If-Match is ignored in batches",
    file: "emulator/handlers/batch.ts",
    find: "performOne({ ...operation, partitionKey },",
    replace: "performOne({ ...operation, partitionKey, ifMatch: undefined },",
    caughtBy: "batch: an outdated ETag of a replace",
  },
  {
    name: "If-None-Match is ignored on reads",
    file: "emulator/document_operation.ts",
    find: "if (ifNoneMatch !== undefined && etagMatches(ifNoneMatch, etag)) {",
    replace: "if (false) {",
    caughtBy: "If-None-Match: a read is 304",
  },
  {
    name: "the condition of a patch is ignored",
    file: "emulator/document_operation.ts",
    find: "if (condition !== undefined && !engine.matches(condition, { document, nowMs })) throw",
    replace: "if (false) throw",
    caughtBy: "patch: a condition that does not hold",
  },
  {
    name: "a patch that moves a value leaves it where it was, too",
    file: "emulator/patch.ts",
    find: "  remove(source);\n",
    replace: "",
    caughtBy: "patch: move takes a value to a new place",
  },
  {
    name: "a batch of 100 operations is one too many",
    file: "emulator/batch_body.ts",
    find: "if (body.length > MAX_OPERATIONS) {",
    replace: "if (body.length >= MAX_OPERATIONS) {",
    caughtBy: "batch: 100 operations are the most",
  },
  {
    name: "a document on the border of a range is in neither part",
    file: "emulator/hash/key_ranges.ts",
    find: "return epk >= range.minInclusive &&",
    replace: "return epk > range.minInclusive &&",
    caughtBy: "queries: bounds cut a range in two",
  },
  {
    name: "partition keys are hashed to another place",
    file: "emulator/hash/effective_partition_key.ts",
    find: "view.getUint8(0) & 0x3f",
    replace: "view.getUint8(0) & 0x1f",
    caughtBy: "ranges: documents lie where the SDK computes them (hash v2)",
  },
  {
    name: "a split loses a document",
    file: "emulator/store/physical_range.ts",
    find: "const entries = [...range.documents.after(-1)];",
    replace: "const entries = [...range.documents.after(-1)].slice(1);",
    caughtBy: "ranges: children hold the documents of their parent",
  },
  {
    name: "a range that was split is still answered for",
    file: "emulator/store/range_map.ts",
    find: "if (range === undefined) throw rangeGone(id);",
    replace: "if (range === undefined) return this.#ranges[0]!;",
    caughtBy: "ranges: requests that name a range that was split get 410/1002",
  },
  {
    name: "a continuation skips a document",
    file: "emulator/query_pages.ts",
    find: "return { rows: page.rows, bytesRead, next: { rows: found, after } };",
    replace: "return { rows: page.rows, bytesRead, next: { rows: found, after: after + 1 } };",
    caughtBy: "queries: pinned to ranges, page by page",
  },
  {
    name: "a sorted query begins anew with every page",
    file: "emulator/query_pages.ts",
    find: "if (position.last !== undefined && !isAfter(place, position.last, query)) continue;",
    replace: "",
    caughtBy: "queries: sorted pages go on",
  },
  {
    name: "a query over several ranges is answered from all of them",
    file: "emulator/handlers/query.ts",
    find: "if (target.ranges.length > 1) refuseCrossPartition(executionInfo(request, context));",
    replace: "",
    caughtBy: "queries: over several ranges are refused",
  },
  {
    name: "unique keys are not checked",
    file: "emulator/store/unique_index.ts",
    find: "return values.flatMap((value) => this.#holders.get(value) ?? []);",
    replace: "return [];",
    caughtBy: "unique keys: hold within a partition key",
  },
  {
    name: "time to live is ignored",
    file: "emulator/store/document_store.ts",
    find: "if (this.defaultTtl === undefined) return false;",
    replace: "return false;",
    caughtBy: "time to live: the container's default",
  },
  {
    name: "the time to live of a document is ignored",
    file: "emulator/store/document_store.ts",
    find: "const ttlSeconds = entry.ttlSeconds === 0 ? this.defaultTtl : entry.ttlSeconds;",
    replace: "const ttlSeconds = this.defaultTtl;",
    caughtBy: "time to live: a default of -1",
  },
  {
    name: "the change feed misses updates",
    file: "emulator/store/document_store.ts",
    find: "range.changes.append(entry);",
    replace: "if (existing === undefined) range.changes.append(entry);",
    caughtBy: "change feed: shows what replace has written",
  },
  {
    name: "a page of the change feed ends where the whole feed ends",
    file: "emulator/handlers/change_feed.ts",
    find: "found.length >= limit ? found.at(-1)!.lsn : container.documents.lsn",
    replace: "container.documents.lsn",
    caughtBy: "change feed: the ETag of a page is where the next one begins",
  },
  {
    name: "the session token stands still",
    file: "emulator/session.ts",
    find: "return `${range.id}:-1#${lsn}`;",
    replace: "return `${range.id}:-1#${Math.min(lsn, 1)}`;",
    caughtBy: "sessions: a token grows with each write",
  },
  {
    name: "a session that is ahead is answered",
    file: "emulator/session.ts",
    find: "if (seen > lsn) {",
    replace: "if (false) {",
    caughtBy: "sessions: one that has seen more than there is",
  },
  {
    name: "a stale read does not see the session's own writes",
    file: "emulator/store/write_history.ts",
    find: "write.lsn <= view.lsn || write.writtenMs <= view.horizonMs",
    replace: "write.writtenMs <= view.horizonMs",
    caughtBy: "consistency: where reads lag, one without",
  },
  {
    name: "signatures are not checked",
    file: "emulator/authorization.ts",
    find: "if (!isSigned) {",
    replace: "if (false) {",
    caughtBy: "keys: a signature of another key",
  },
  {
    name: "a reader may write",
    file: "emulator/authorization.ts",
    find: '(role === "reader" && isRead)',
    replace: 'role === "reader"',
    caughtBy: "roles: a reader reads",
  },
  {
    name: "a query costs nothing for what it reads",
    file: "emulator/charges.ts",
    find: "return round(QUERY_PAGE + bytesRead / KILOBYTE);",
    replace: "return QUERY_PAGE;",
    caughtBy: "charges: a query pays for what it reads",
  },
];

for (const { name, caughtBy, ...mutation } of DEFECTS) {
  Deno.test({
    name: `the suite catches: ${name}`,
    // The SDK leaves timers of its own behind.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const checks = SUITE.filter((check) => check.name.startsWith(caughtBy));
      assert.equal(checks.length, 1, `there is one check "${caughtBy}"`);
      await using mutant = await makeMutant(mutation, { folders: ["base", "sql", "emulator"] });
      const module = await mutant.load<{ readonly startEmulator: typeof startEmulator }>("emulator/mod.ts");
      await using endpoint = await openEmbeddedEndpoint(module.startEmulator);
      const [finding] = await runSuite(checks, endpoint);
      assert.equal(
        finding?.verdict,
        "deviates",
        `the defect was not noticed: ${JSON.stringify(finding?.got)}`,
      );
    },
  });
}
