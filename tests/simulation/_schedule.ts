import { jsonEquals, type JsonObject } from "../../lib/base/json.ts";
import { drawFaults } from "./_faults.ts";
import { drawMenu, expectedDatabase, fillDatabase, type MenuKind } from "./_migrations.ts";
import { Network } from "./_network.ts";
import { Operator } from "./_operator.ts";
import { Partition } from "./_partition.ts";
import { SeededRandom } from "./_random.ts";
import { Runner } from "./_runner.ts";
import { SimulatedService } from "./_service.ts";
import type { Subject } from "./_subject.ts";
import { Timeline } from "./_timeline.ts";
import { Witness } from "./_witness.ts";
import type { World } from "./_world.ts";

/** What a schedule may contain. Everything is drawn from the seed; a focus only leaves things out. */
export interface Focus {
  readonly migrations: "any" | "conditional" | "unconditional";
  readonly consistency: "any" | "session" | "eventual";
  /** Whether somebody may delete the lease or release it by force. */
  readonly operator: boolean;
  readonly deletesContainersByName: boolean;
  readonly ignoresDocumentConditions: boolean;
}

/** Everything. */
export const NO_FOCUS: Focus = {
  migrations: "any",
  consistency: "any",
  operator: true,
  deletesContainersByName: false,
  ignoresDocumentConditions: false,
};

/** How a schedule went. */
export interface ScheduleResult {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly requests: number;
  readonly virtualMs: number;
  /** Line by line, when it was asked for. */
  readonly trace: readonly string[];
}

const LEASE_MS = 6_000;
const SETTLE_MS = 5_000;
/** How late an unconditional write may take effect for the promises to hold: what settling covers by the slowest and the fastest clock. */
const LATENESS_MS = { settled: 4_400, forced: 1_400, conditional: 30_000 };
/** When nothing fails any more, everything has to be over after this. */
const PATIENCE_MS = 120_000;

/** Runs the schedule of a seed, from the first request to the last late one. */
export async function runSchedule(
  subject: Subject,
  options: { readonly seed: number; readonly focus: Focus; readonly traced: boolean },
): Promise<ScheduleResult> {
  const { seed, focus } = options;
  const trace: string[] = [];
  const random = new SeededRandom(seed);
  const timeline = new Timeline();
  const note = options.traced
    ? (line: string) => trace.push(`${Math.round(timeline.nowMs)} ${line}`)
    : () => {};

  const kind: MenuKind = focus.migrations === "any"
    ? random.pick(["conditional", "conditional", "unconditional"])
    : focus.migrations;
  const isForced = focus.operator && random.chance(0.25);
  const latenessMs = kind === "conditional"
    ? LATENESS_MS.conditional
    : isForced
    ? LATENESS_MS.forced
    : LATENESS_MS.settled;
  const menu = drawMenu(random, { definitions: subject.definitions, kind });
  const witness = new Witness({ timeline, trace: note, mayFail: false });
  const runners: Runner[] = [];
  const network = new Network({
    timeline,
    random,
    trace: note,
    faults: drawFaults(random, { latenessMs, leaseMs: LEASE_MS }),
    processFaults: {
      crash: (process) => runners.find((runner) => runner.process === process)?.crash(),
      terminate: (process) => runners.find((runner) => runner.process === process)?.terminate(),
    },
  });
  const service = new SimulatedService(focus);
  fillDatabase(service);
  const partition = new Partition({
    timeline,
    random,
    observer: witness,
    clockSkewMs: random.between(-7_200_000, 7_200_000),
  });
  const world: World = {
    subject,
    timeline,
    random,
    network,
    service,
    partition,
    witness,
    menu,
    trace: note,
    timings: subject.leaseTimings({ durationMs: LEASE_MS, settleMs: SETTLE_MS }),
    consistency: focus.consistency === "any"
      ? random.pick(["session", "session", "session", "eventual"])
      : focus.consistency,
  };
  note(`migrations: ${menu.names.join(", ")}; ${world.consistency}`);

  const init = random.chance(0.5);
  if (!init) partition.commit(undefined, new Map([["lease", releasedLease(subject)]]));
  const ups = random.pick([2, 2, 2, 2, 3, 3, 4, 8]);
  for (let index = 0; index < ups; index++) {
    runners.push(
      new Runner(world, {
        ...{ name: `up${index}`, command: { kind: "up" }, init },
        startMs: random.between(0, 3_000),
      }),
    );
  }
  const rollbacks = random.pick([0, 1, 1, 1, 2]);
  for (let index = 0; index < rollbacks; index++) {
    const command = { kind: "rollback", steps: random.integer(1, 3), hold: random.chance(0.3) } as const;
    runners.push(
      new Runner(world, {
        ...{ name: `rollback${index}`, command, init },
        startMs: random.between(0, 20_000),
      }),
    );
  }
  const operator = new Operator(world);
  operator.incrementNowAndThen();
  if (isForced) operator.meddleWithTheLease();
  const calmMs = random.between(5_000, 40_000);
  timeline.after(calmMs, () => network.calm());

  const limitMs = calmMs + PATIENCE_MS;
  await timeline.run({ limitMs, isOver: () => runners.every(({ isOver }) => isOver) });
  for (const runner of runners) if (!runner.isOver) witness.report(`${runner.kind} did not come to an end`);
  note("everybody is done; a last up follows");
  network.calm();
  const last = new Runner(world, { name: "last", init: true, command: { kind: "up" }, startMs: 0 });
  runners.push(last);
  await timeline.run({ limitMs: timeline.nowMs + PATIENCE_MS, isOver: () => last.isOver });
  if (!last.isOver) witness.report("the last up did not come to an end");
  for (const { process } of runners) process.kill();
  await timeline.run({ limitMs: Infinity, isOver: () => network.onTheWay === 0 });
  checkEnd(world, { last, operator });
  return {
    seed,
    violations: witness.violations,
    requests: network.requests,
    virtualMs: timeline.nowMs,
    trace,
  };
}

/** What an earlier run leaves behind that had nothing to apply. */
function releasedLease({ digest }: Subject): JsonObject {
  return {
    ...{ id: "lease", type: "lease", format: 1, nonce: "before", term: 7, revision: 3, holder: null },
    ...{ durationMs: LEASE_MS, renewedAt: "", unsettled: false, provisional: false, fenceProven: true },
    ...{ region: "West Europe", sequence: 11, intent: null },
    digest: digest.digestToJson(digest.digestOf([])),
  };
}

function checkEnd(
  { subject, partition, witness, menu, service, trace }: World,
  { last, operator }: { readonly last: Runner; readonly operator: Operator },
): void {
  const records = partition.list("migration:", partition.lsn).map(subject.recordFromDocument);
  const statuses = new Map(records.map(({ id, status }) => [id, status]));
  const isHeld = records.some(({ status }) => status === "held");
  const isAllApplied = menu.registry.every(({ id }) => statuses.get(id) === "applied");
  if (!isAllApplied && !isHeld) {
    witness.report(`not everything is applied: ${JSON.stringify([...statuses])}`);
  }
  if (isAllApplied && last.outcome !== "done") witness.report(`the last up ended with ${last.outcome}`);
  const lease = partition.current("lease");
  // A lease that nobody needed any more stays as its last holder left it.
  if (lease !== undefined && lease["provisional"] !== true) {
    if (lease["intent"] !== null) witness.report("an intent is left");
    if (!subject.digest.isFresh(lease["digest"] ?? null, records)) {
      witness.report("the lease does not know the records");
    }
  }
  witness.checkOrder(records);
  const expected = expectedDatabase(menu, {
    isApplied: (id) => statuses.get(id) === "applied",
    hits: operator.hits,
  });
  for (const [id, documents] of expected) {
    const found = service.containers.get(id)?.documents;
    if (found === undefined) {
      witness.report("a container is lost");
      continue;
    }
    for (const document of documents) {
      checkDocument(document, { found: found.get(String(document["id"])), witness, trace });
    }
    const surplus = [...found.keys()].filter((key) => !documents.some((document) => document["id"] === key));
    if (surplus.length > 0) witness.report("a document is there that must not be");
  }
  for (const id of service.containers.keys()) {
    if (!expected.has(id)) witness.report("a container is there that must not be");
  }
}

function checkDocument(
  expected: JsonObject,
  { found, witness, trace }: {
    readonly found: JsonObject | undefined;
    readonly witness: Witness;
    readonly trace: (line: string) => void;
  },
): void {
  if (found === undefined) return witness.report("a document is lost");
  const { _etag, _ts, __cosmig, ...content } = found;
  if (jsonEquals(content, expected)) return;
  trace(`expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
  if (content["hits"] !== expected["hits"]) return witness.report("an update of the application is lost");
  const names = new Set([...Object.keys(content), ...Object.keys(expected)]);
  const different = [...names].filter((name) => !jsonEquals(content[name], expected[name]));
  witness.report(`a document does not show just the applied migrations: ${different.join(", ")}`);
}
