import assert from "node:assert/strict";
import { CosmigError, LeaseLostError, TemporaryError } from "../../../lib/base/errors.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import type { PassProgress } from "../../../lib/base/pass_progress.ts";
import { runPass } from "../../../lib/bulk/run_pass.ts";
import { VirtualClock } from "../../support/virtual_clock.ts";
import { FakeContainer, type FakeContainerOptions, type FakeRequest } from "../../support/fake_container.ts";
import {
  countingPass,
  fill,
  type FixtureOptions,
  MemoryCheckpoints,
  passContext,
  seededRandom,
} from "../../support/pass_fixture.ts";

interface Setup {
  readonly container?: Omit<FakeContainerOptions, "clock">;
  readonly documents?: number;
}

function setup({ container: options = {}, documents = 0 }: Setup = {}) {
  const clock = new VirtualClock();
  const container = new FakeContainer({ clock, ...options });
  fill(container, documents);
  const checkpoints = new MemoryCheckpoints();
  const context = (more: Partial<FixtureOptions> = {}) =>
    passContext({ clock, container, checkpoints, ...more });
  return { clock, container, checkpoints, context };
}

function refusal(code: string, pattern: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof CosmigError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, pattern);
    return true;
  };
}

const isDone = ({ version }: JsonObject) => version === 2;

Deno.test("runPass() changes every selected document once", async () => {
  const { clock, container, context } = setup({ container: { ranges: 3, latencyMs: 5 }, documents: 250 });
  container.put({ id: "other", version: 7 });

  const outcome = await clock.run(runPass(countingPass(), context()));

  assert.deepEqual(outcome.documents, { read: 250, changed: 250, skipped: 0 });
  assert.ok(outcome.requestUnits >= 250 * 11, "writes and reads are charged");
  assert.equal(container.contents().filter(isDone).length, 250);
  assert.equal(container.document("other")?.["version"], 7);
});

Deno.test("runPass() writes up to 100 documents a request", async () => {
  const { clock, container, context } = setup({ documents: 1_000 });
  let writes = 0;
  container.before = ({ kind }) => void (writes += kind === "write" ? 1 : 0);

  await clock.run(runPass(countingPass(), context({ settings: { pageSize: 500 } })));

  assert.equal(writes, 10);
});

Deno.test("runPass() sends large documents in several requests", async () => {
  const { clock, container, context } = setup();
  for (let index = 0; index < 4; index++) {
    container.put({ id: `d${index}`, version: 1, text: "x".repeat(150_000) });
  }
  const sizes: number[] = [];
  container.before = (request) => void (request.kind === "write" && sizes.push(request.writes.length));

  await clock.run(runPass(countingPass(), context()));

  assert.deepEqual(sizes, [1, 1, 1, 1]);
});

Deno.test("runPass() counts what the decision leaves alone as skipped", async () => {
  const { clock, context } = setup({ container: { ranges: 2 }, documents: 30 });
  const pass = countingPass({
    decide: (document) =>
      String(document["id"]).endsWith("0")
        ? { kind: "skip" }
        : { kind: "replace", document: { ...document, version: 2 } },
  });

  const outcome = await clock.run(runPass(pass, context()));

  assert.deepEqual(outcome.documents, { read: 30, changed: 27, skipped: 3 });
});

Deno.test("runPass() reads what it is asked for, what its condition reads and what identifies a document", async () => {
  const { clock, container, context } = setup({ container: { partitionKeyPaths: ["/key/name"] } });
  container.put({ id: "a", key: { name: "k" }, version: 1, field: "f", other: "o" });
  const seen: JsonObject[] = [];
  const pass = countingPass({
    read: ["field"],
    decide: (document) => {
      seen.push(document);
      return { kind: "skip" };
    },
  });

  await clock.run(runPass(pass, context()));

  assert.deepEqual(Object.keys(seen[0]!).sort(), ["_etag", "field", "id", "key", "version"]);
});

Deno.test("runPass() accepts a condition that ends with a comment", async () => {
  const { clock, context } = setup({ documents: 3 });

  const outcome = await clock.run(runPass(countingPass({ where: "c.version = 1 -- old" }), context()));

  assert.equal(outcome.documents.changed, 3);
});

// --- ranges

Deno.test("runPass() follows a range that splits twice in the middle, and counts each document once", async () => {
  const { clock, container, context } = setup({ container: { ranges: 2 }, documents: 200 });
  let writes = 0;
  container.before = (request) => {
    if (request.kind !== "write") return;
    writes++;
    if (writes === 4 || writes === 9) container.split(container.rangeIds()[0]);
  };

  const outcome = await clock.run(runPass(countingPass(), context()));

  assert.equal(container.rangeIds().length, 4);
  assert.deepEqual(outcome.documents, { read: 200, changed: 200, skipped: 0 });
  assert.equal(container.contents().filter(isDone).length, 200);
});

Deno.test("runPass() restricts queries to its part of a range that ranges merged into", async () => {
  const { clock, container, context } = setup({ container: { ranges: 2, latencyMs: 3 }, documents: 200 });
  let writes = 0;
  const merged: FakeRequest[] = [];
  container.before = (request) => {
    if (request.kind === "write" && ++writes === 4) container.merge();
    if (request.kind === "query" && request.request.range.id === "2") merged.push(request);
  };

  const outcome = await clock.run(runPass(countingPass(), context()));

  assert.ok(merged.length >= 2);
  for (const request of merged) assert.ok(request.kind === "query" && request.request.bounds !== undefined);
  assert.deepEqual(outcome.documents, { read: 200, changed: 200, skipped: 0 });
});

Deno.test("runPass() waits for a range that is gone and comes back", async () => {
  const { clock, container, context } = setup({ documents: 50 });
  let gone = 5;
  container.fault = () => gone-- > 0 ? { kind: "refused", status: 410 } : undefined;

  const outcome = await clock.run(runPass(countingPass(), context()));

  assert.equal(outcome.documents.changed, 50);
});

Deno.test("runPass() gives up on a range whose writes are gone for ever", async () => {
  const { clock, container, context } = setup({ documents: 50 });
  container.fault = ({ kind }) => kind === "write" ? { kind: "refused", status: 410 } : undefined;

  await assert.rejects(clock.run(runPass(countingPass(), context())), TemporaryError);
});

Deno.test("runPass() works on no more ranges at a time than it may", async () => {
  const { clock, container, context } = setup({ container: { ranges: 8, latencyMs: 5 }, documents: 300 });
  const spans = new Map<string, { readonly fromMs: number; toMs: number }>();
  container.before = (request) => {
    if (request.kind === "read") return;
    const { id } = request.kind === "query" ? request.request.range : request.range;
    const nowMs = clock.monotonicMs();
    spans.set(id, { fromMs: spans.get(id)?.fromMs ?? nowMs, toMs: nowMs });
  };
  const order: string[] = [];
  const progress = ({ rangesDone, rangesTotal }: PassProgress) => order.push(`${rangesDone}/${rangesTotal}`);

  await clock.run(runPass(countingPass(), context({ settings: { concurrency: 2 }, progress })));

  for (const { fromMs } of spans.values()) {
    const atOnce = [...spans.values()].filter((span) => span.fromMs <= fromMs && fromMs <= span.toMs);
    assert.ok(atOnce.length <= 2);
  }
  assert.equal(spans.size, 8);
  assert.equal(order.at(-1), "8/8");
});

Deno.test("runPass() reads one page ahead and no more", async () => {
  const { clock, container, context } = setup({ documents: 200 });
  let read = 0;
  let written = 0;
  let most = 0;
  container.before = (request) => {
    if (request.kind === "query") most = Math.max(most, ++read - written);
    if (request.kind === "write") written++;
  };

  await clock.run(runPass(countingPass(), context()));

  assert.equal(read, 20);
  assert.equal(most, 2);
});

// --- documents

Deno.test("runPass() keeps what a live application changes between its read and its write", async () => {
  const { clock, container, context } = setup({ documents: 100 });
  const random = seededRandom(3);
  const expected = new Map<string, number>();
  let live = 0;
  container.before = (request) => {
    if (request.kind !== "write" || live === 30) return;
    const id = request.writes[Math.floor(random() * request.writes.length)]!;
    if (id.kind !== "replace") return;
    container.put({ ...container.document(id.id), id: id.id, live: ++live });
    expected.set(id.id, live);
  };

  const outcome = await clock.run(runPass(countingPass(), context()));

  assert.equal(outcome.documents.changed, 100);
  assert.ok(live >= 10);
  const kept = container.contents().map((document) => document["live"]).filter((value) =>
    value !== undefined
  );
  assert.ok(kept.includes(live), "the last of them as well");
  assert.ok(container.contents().every(isDone));
});

Deno.test("runPass() leaves a document that somebody else has finished", async () => {
  const { clock, container, context } = setup({ documents: 1 });
  container.before = ({ kind }) => {
    if (kind === "write") container.put({ id: "d0", version: 2, by: "somebody" });
  };

  const outcome = await clock.run(runPass(countingPass(), context()));

  assert.deepEqual(outcome.documents, { read: 1, changed: 0, skipped: 1 });
  assert.equal(container.document("d0")?.["by"], "somebody");
});

Deno.test("runPass() counts a write whose answer was lost as a change", async () => {
  const { clock, container, context } = setup({ documents: 60 });
  let lost = 0;
  container.fault = ({ kind }) => kind === "write" && lost++ % 2 === 0 ? { kind: "lost" } : undefined;

  const outcome = await clock.run(runPass(countingPass(), context()));

  assert.deepEqual(outcome.documents, { read: 60, changed: 60, skipped: 0 });
  assert.ok([...container.writesById.values()].every((count) => count === 1));
});

Deno.test("runPass() passes over a document that is deleted in the meantime", async () => {
  const { clock, container, context } = setup({ documents: 20 });
  container.before = ({ kind }) => {
    if (kind === "write") container.remove("d3");
  };

  const outcome = await clock.run(runPass(countingPass(), context()));

  assert.deepEqual(outcome.documents, { read: 20, changed: 19, skipped: 1 });
});

Deno.test("runPass() gives up on a document that never stands still, as something to try later", async () => {
  const { clock, container, context } = setup({ documents: 1 });
  container.before = ({ kind }) => {
    if (kind === "write") container.put({ ...container.document("d0"), id: "d0", at: clock.monotonicMs() });
  };

  await assert.rejects(clock.run(runPass(countingPass(), context())), (error) => {
    assert.ok(error instanceof TemporaryError);
    assert.match(error.message, /"d0"/);
    return true;
  });
});

Deno.test("runPass() handles awkward ids and every kind of partition key", async () => {
  const { clock, container, context } = setup({
    container: { partitionKeyPaths: ["/tenant", "/user/name"] },
  });
  const ids = ["a/b", "a\\b", "a#b?c", "ünï\u{1F600}", "x".repeat(255), " ", '"quoted"'];
  const keys: JsonObject[] = [
    {},
    { tenant: null },
    { tenant: 1, user: {} },
    { tenant: "1", user: { name: true } },
    { tenant: "ü/#", user: { name: null } },
  ];
  for (const id of ids) {
    for (const key of keys) container.put({ id, ...key, version: 1 });
  }
  let lost = 0;
  container.fault = ({ kind }) => kind === "write" && lost++ === 0 ? { kind: "lost" } : undefined;

  const outcome = await clock.run(runPass(countingPass(), context()));

  assert.equal(outcome.documents.changed, ids.length * keys.length);
  assert.ok(container.contents().every(isDone));
});

// --- convergence

Deno.test("runPass() refuses a result that its condition still selects before anything of the page is written", async () => {
  const { clock, container, context } = setup({ documents: 5 });
  const pass = countingPass({ where: "c.version < 3" });

  await assert.rejects(
    clock.run(runPass(pass, context())),
    refusal("operation-refused", /"d0".*still meets `c.version < 3`/),
  );
  assert.equal(container.writesById.size, 0);
});

Deno.test("runPass() refuses a result that would be changed again", async () => {
  const { clock, container, context } = setup({ documents: 5 });
  const pass = countingPass({ where: undefined, convergence: "decide" });

  await assert.rejects(
    clock.run(runPass(pass, context())),
    refusal("operation-refused", /"d0".*would be changed again/),
  );
  assert.equal(container.writesById.size, 0);
});

Deno.test("runPass() judges a result by the time that it will be written at", async () => {
  const { clock, context } = setup({ documents: 2 });
  await clock.advance(60_000);
  const before = Math.floor(clock.wallMs() / 1_000) - 10;
  const pass = countingPass({
    where: `c._ts < ${before}`,
    decide: (document) => ({ kind: "replace", document }),
  });

  const outcome = await clock.run(runPass(pass, context()));

  assert.equal(outcome.documents.changed, 2);
});

Deno.test("runPass() refuses a new id or partition key and names moveToPartition", async () => {
  for (const change of [{ id: "new" }, { tenant: "b" }, { tenant: undefined }]) {
    const { clock, container, context } = setup({ container: { partitionKeyPaths: ["/tenant"] } });
    container.put({ id: "d", tenant: "a", version: 1 });
    const pass = countingPass({
      decide: (document) => ({ kind: "replace", document: { ...document, version: 2, ...change } }),
    });

    await assert.rejects(clock.run(runPass(pass, context())), (error) => {
      assert.ok(error instanceof CosmigError && error.code === "operation-refused");
      assert.match(error.hint ?? "", /moveToPartition/);
      return true;
    });
    assert.equal(container.writesById.size, 0);
  }
});

// --- failures

const failing = (pattern: RegExp) =>
  countingPass({
    decide: (document) => {
      if (pattern.test(String(document["id"]))) throw new Error("no price");
      return { kind: "replace", document: { ...document, version: 2 } };
    },
  });

Deno.test("runPass() stops at the first document that cannot be changed and names it", async () => {
  const { clock, context } = setup({ documents: 30 });

  await assert.rejects(
    clock.run(runPass(failing(/d13/), context())),
    refusal("documents-failed", /document "d13" with partition key "d13": no price/),
  );
});

Deno.test("runPass() stops in all ranges when one fails", async () => {
  const { clock, container, context } = setup({ container: { ranges: 4, latencyMs: 5 }, documents: 1_000 });

  await assert.rejects(clock.run(runPass(failing(/^d7$/), context())), refusal("documents-failed", /d7/));

  assert.ok(container.writesById.size < 100, `${container.writesById.size}`);
});

Deno.test("runPass() goes on and lists the failures with onError collect, and reads them again next time", async () => {
  const { clock, container, context, checkpoints } = setup({ container: { ranges: 2 }, documents: 100 });

  await assert.rejects(
    clock.run(runPass({ ...failing(/d.*3$/), onError: "collect" }, context())),
    (error) => {
      assert.ok(error instanceof CosmigError && error.code === "documents-failed");
      assert.match(error.message, /10 documents/);
      assert.equal((error.details["failures"] as JsonObject[]).length, 10);
      return true;
    },
  );
  assert.equal(container.contents().filter(isDone).length, 90);
  assert.ok([...checkpoints.saved.values()].every(({ done }) => !done), "no range with failures is finished");

  const outcome = await clock.run(runPass(countingPass(), context()));

  assert.deepEqual(outcome.documents, { read: 100, changed: 100, skipped: 0 });
});

Deno.test("runPass() lists a failure once, also when its range splits afterwards", async () => {
  const { clock, container, context } = setup({ documents: 100 });
  let writes = 0;
  container.before = ({ kind }) => {
    if (kind === "write" && ++writes === 6) container.split();
  };

  await assert.rejects(
    clock.run(runPass({ ...failing(/^d[12]$/), onError: "collect" }, context())),
    (error) => error instanceof CosmigError && (error.details["failures"] as JsonObject[]).length === 2,
  );
});

Deno.test("runPass() with onError collect gives up at the limit", async () => {
  const { clock, context } = setup({ documents: 100 });

  await assert.rejects(
    clock.run(
      runPass({ ...failing(/d/), onError: "collect" }, context({ settings: { maxFailures: 25 } })),
    ),
    refusal("documents-failed", /25 documents.*\n(.*\n){20} {2}and 5 more/),
  );
});

Deno.test("runPass() reports a document that the service refuses", async () => {
  for (const [status, words] of [[413, /larger/], [409, /unique key/], [400, /status 400/]] as const) {
    const { clock, container, context } = setup({ documents: 10 });
    container.fault = (request) =>
      request.kind === "write"
        ? { kind: "items", status, refuses: (index) => writesTo(request, index) === "d4" }
        : undefined;

    await assert.rejects(clock.run(runPass(countingPass(), context())), refusal("documents-failed", words));
    assert.equal(container.contents().filter(isDone).length, 9);
  }
});

Deno.test("runPass() waits for a unique key that another document of the pass lets go of", async () => {
  const { clock, container, context } = setup({ documents: 10 });
  let taken = 1;
  container.fault = ({ kind }) =>
    kind === "write" && taken-- > 0
      ? { kind: "items", status: 409, refuses: (index) => index === 0 }
      : undefined;

  const outcome = await clock.run(runPass(countingPass(), context()));

  assert.equal(outcome.documents.changed, 10);
});

Deno.test("runPass() passes on an error that is about the run and not about the document", async () => {
  const { clock, context } = setup({ documents: 3 });
  const pass = countingPass({
    onError: "collect",
    decide: () => {
      throw new TemporaryError("the price list is not there yet");
    },
  });

  await assert.rejects(clock.run(runPass(pass, context())), TemporaryError);
});

Deno.test("runPass() names a container that does not exist", async () => {
  const { clock, container, context } = setup();
  const { cosmosError } = await import("../../support/fake_container.ts");
  container.properties = () => Promise.reject(cosmosError(404));

  await assert.rejects(clock.run(runPass(countingPass(), context())), refusal("resource-missing", /"Users"/));
});

// --- pacing

Deno.test("runPass() uses at least 90 % of a throughput that throttles it", async () => {
  const ruPerSecondPerRange = 400;
  const { clock, container, context } = setup({
    container: { ranges: 2, ruPerSecondPerRange, latencyMs: 5 },
    documents: 3_000,
  });

  const outcome = await clock.run(runPass(countingPass(), context({ settings: { pageSize: 100 } })));

  const ruPerSecond = outcome.requestUnits / (clock.monotonicMs() / 1_000);
  assert.equal(outcome.documents.changed, 3_000);
  assert.ok(container.throttled > 10);
  assert.ok(ruPerSecond >= 0.9 * 2 * ruPerSecondPerRange, `${ruPerSecond}`);
});

Deno.test("runPass() spends no more than its cap, and at least 95 % of it", async () => {
  const ruPerSecond = 400;
  const { clock, container, context } = setup({
    container: { ranges: 4, latencyMs: 5, saysCount: true },
    documents: 5_000,
  });

  const settings = { ruPerSecond, pageSize: 500 };
  const outcome = await clock.run(runPass(countingPass(), context({ settings })));

  const mean = outcome.requestUnits / (clock.monotonicMs() / 1_000);
  assert.ok(mean <= ruPerSecond * 1.001 && mean >= 0.95 * ruPerSecond, `${mean}`);
  let spent = 0;
  const page = 100 * 11;
  for (const { atMs, charge } of container.charges) {
    spent += charge;
    assert.ok(spent <= ruPerSecond * atMs / 1_000 + page, `${spent} RU after ${atMs} ms`);
  }
});

Deno.test("runPass() gives up after a patience without progress, and the next run goes on", async () => {
  const { clock, container, context } = setup({ documents: 100 });
  let requests = 0;
  container.fault = () => ++requests > 9 ? { kind: "refused", status: 429, retryAfterMs: 500 } : undefined;

  await assert.rejects(
    clock.run(runPass(countingPass(), context({ settings: { patienceMs: 10_000 } }))),
    (error) => error instanceof TemporaryError && /no progress for 10 s.*429/.test(error.message),
  );
  assert.ok(clock.monotonicMs() <= 12_000);
  container.fault = () => undefined;
  const outcome = await clock.run(runPass(countingPass(), context()));
  assert.deepEqual(outcome.documents, { read: 100, changed: 100, skipped: 0 });
});

// --- checkpoints

Deno.test("runPass() ends an abort with a checkpoint and goes on from there", async () => {
  const { clock, container, context, checkpoints } = setup({
    container: { ranges: 2, latencyMs: 10 },
    documents: 200,
  });
  const stop = new AbortController();
  let writes = 0;
  container.before = ({ kind }) => {
    if (kind === "write" && ++writes === 7) stop.abort(new Error("stop"));
  };

  await assert.rejects(clock.run(runPass(countingPass(), context({ signal: stop.signal }))), /stop/);

  const changed = container.contents().filter(isDone).length;
  const saved = [...checkpoints.saved.values()];
  assert.ok(changed > 0 && changed < 200);
  assert.equal(saved.reduce((sum, { documents }) => sum + documents.changed, 0), changed, "all are counted");
  assert.equal(clock.pendingTimers, 0);
  const outcome = await clock.run(runPass(countingPass(), context()));
  assert.deepEqual(outcome.documents, { read: 200, changed: 200, skipped: 0 });
});

Deno.test("runPass() stops when a checkpoint cannot be saved because the lease is lost", async () => {
  const { clock, container, context, checkpoints } = setup({ container: { ranges: 2 }, documents: 200 });
  checkpoints.before = () => {
    throw new LeaseLostError(3, "The lease is lost");
  };

  await assert.rejects(clock.run(runPass(countingPass(), context())), LeaseLostError);

  assert.ok(container.writesById.size <= 40);
});

Deno.test("runPass() does not save after every page", async () => {
  const { clock, context, checkpoints } = setup({ documents: 1_000 });

  await clock.run(runPass(countingPass(), context()));

  assert.ok(checkpoints.saves <= 3, `${checkpoints.saves}`);
});

Deno.test("runPass() drops the checkpoints of a container that was dropped and created anew", async () => {
  const { clock, container, context, checkpoints } = setup({ container: { ranges: 2 }, documents: 50 });
  await clock.run(runPass(countingPass(), context()));
  container.rid = "rid-2";
  fill(container, 50);

  const outcome = await clock.run(runPass(countingPass(), context()));

  assert.deepEqual(outcome.documents, { read: 50, changed: 50, skipped: 0 });
  assert.ok([...checkpoints.saved.values()].every(({ containerRid }) => containerRid === "rid-2"));
});

Deno.test("runPass() sends nothing to a container that an earlier attempt has finished", async () => {
  const { clock, container, context } = setup({ container: { ranges: 3 }, documents: 50 });
  const first = await clock.run(runPass(countingPass(), context()));
  const { requests } = container;

  const second = await clock.run(runPass(countingPass(), context()));

  assert.deepEqual(second, first);
  assert.equal(container.requests, requests);
});

// --- progress

Deno.test("runPass() reports about every second and at the end", async () => {
  const { clock, context } = setup({
    container: { ranges: 2, latencyMs: 100, saysCount: true },
    documents: 400,
  });
  const events: (PassProgress & { readonly atMs: number })[] = [];
  const progress = (event: PassProgress) => void events.push({ ...event, atMs: clock.monotonicMs() });

  const outcome = await clock.run(runPass(countingPass(), context({ settings: { pageSize: 10 }, progress })));

  const seconds = clock.monotonicMs() / 1_000;
  assert.ok(events.length >= Math.floor(seconds) && events.length <= seconds + 2);
  const [last, middle] = [events.at(-1)!, events[1]!];
  assert.deepEqual(last.documents, outcome.documents);
  assert.equal(last.rangesDone, 2);
  assert.equal(middle.expected, 400);
  assert.equal(middle.isEstimated, true);
  const { ranges = [] } = middle;
  assert.deepEqual(ranges.map(({ range }) => range), ["0", "1"]);
  assert.equal(
    ranges.reduce((sum, { documents }) => sum + documents.read, 0),
    middle.documents.read,
  );
  assert.deepEqual(last.ranges, []);
  assert.ok(middle.documentsPerSecond > 50 && middle.ruPerSecond > 500);
});

function writesTo(request: FakeRequest, index: number): string | undefined {
  const write = request.kind === "write" ? request.writes[index] : undefined;
  return write !== undefined && "id" in write ? write.id : undefined;
}
