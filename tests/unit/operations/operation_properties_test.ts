/**
 * What holds for every operation, on random documents and settings: it undoes as it says, twice is once, and its estimate changes nothing and is right.
 * That what migrations declare may die after any request is shown in `tests/scenario/every_operation_test.ts`.
 */
import assert from "node:assert/strict";
import process from "node:process";
import fc from "fast-check";
import { isJsonObject, jsonEquals, type JsonObject, type JsonValue } from "../../../lib/base/json.ts";
import type { CosmosConnection } from "../../../lib/cosmos/port.ts";
import type { Operation } from "../../../lib/definition/operation.ts";
import type { Direction } from "../../../lib/definition/record.ts";
import { isSystemProperty } from "../../../lib/definition/reserved_property.ts";
import { OPERATION_KINDS } from "../../../lib/operations/registry.ts";
import { Crash, EmbeddedSteps } from "../../support/embedded_steps.ts";
import {
  COMPOSITE_ADDITIONS,
  COMPOSITE_REMOVALS,
  CONTAINER_COPIES,
  CONTAINER_DELETIONS,
  CREATION_REMOVALS,
  CREATIONS,
  INDEXING,
  NOTHINGS,
  REBUILDS,
  RUNS,
  SCRIPTS,
  THROUGHPUTS,
  TTLS,
  VECTORS,
} from "./_container_scenes.ts";
import {
  COPIES,
  COPY_REMOVALS,
  DELETIONS,
  MOVES,
  PURGES,
  SEED_REMOVALS,
  SEEDS,
  TRANSFORMS,
} from "./_document_scenes.ts";
import { EDITS } from "./_edit_scenes.ts";
import type { KindScenes, Restored, Scene } from "./_operation_scene.ts";

const SCENES: Readonly<Record<string, KindScenes>> = {
  editDocuments: EDITS,
  transformDocuments: TRANSFORMS,
  seedDocuments: SEEDS,
  removeSeededDocuments: SEED_REMOVALS,
  moveToPartition: MOVES,
  copyDocuments: COPIES,
  removeCopiedDocuments: COPY_REMOVALS,
  deleteDocuments: DELETIONS,
  purgeTraces: PURGES,
  createContainer: CREATIONS,
  dropCreatedContainer: CREATION_REMOVALS,
  deleteContainer: CONTAINER_DELETIONS,
  rebuildContainer: REBUILDS,
  copyContainer: CONTAINER_COPIES,
  setIndexingPolicy: INDEXING,
  addCompositeIndex: COMPOSITE_ADDITIONS,
  removeCompositeIndex: COMPOSITE_REMOVALS,
  setDefaultTtl: TTLS,
  setVectorPolicy: VECTORS,
  setThroughput: THROUGHPUTS,
  putScript: SCRIPTS,
  run: RUNS,
  doNothing: NOTHINGS,
};

/** Operations that are not a matter of documents, or of which nothing is known. */
const UNCOUNTED: ReadonlySet<string> = new Set([
  "createContainer",
  "dropCreatedContainer",
  "setIndexingPolicy",
  "addCompositeIndex",
  "removeCompositeIndex",
  "setDefaultTtl",
  "setVectorPolicy",
  "setThroughput",
  "putScript",
  "run",
]);

/** `COSMIG_PROPERTY_RUNS` asks for more. */
const RUNS_A_SCENE = Number(process.env["COSMIG_PROPERTY_RUNS"] ?? 5);

/** A container as the service shows it, with ETags and all. */
interface ContainerState {
  readonly settings: JsonObject;
  /** By their ids, which are unique in a scene. */
  readonly documents: Readonly<Record<string, JsonObject>>;
  readonly scripts: readonly JsonObject[];
  readonly throughput: JsonObject | undefined;
}
type State = Readonly<Record<string, ContainerState>>;

Deno.test("there are scenes for every kind of operation", () => {
  assert.deepEqual(Object.keys(SCENES).sort(), [...OPERATION_KINDS].sort());
});

for (const [kind, scenes] of Object.entries(SCENES)) {
  for (const [name, scene] of Object.entries(scenes)) {
    Deno.test(`${kind} undoes as it says, twice is once, and its estimate is right: ${name}`, async () => {
      await fc.assert(fc.asyncProperty(scene, (drawn) => check(kind, drawn)), { numRuns: RUNS_A_SCENE });
    });
  }
}

/** Those that no migration declares, so that the scenario of every operation has none of them. */
for (const kind of ["removeSeededDocuments", "removeCopiedDocuments", "dropCreatedContainer"]) {
  for (const [name, scene] of Object.entries(SCENES[kind] ?? {})) {
    Deno.test(`${kind} ends alike, whichever request it died after: ${name}`, async () => {
      await fc.assert(fc.asyncProperty(scene, crashAnywhere), { numRuns: 2 });
    });
  }
}

async function crashAnywhere(scene: Scene): Promise<void> {
  const play = async (at?: number) => {
    await using steps = await EmbeddedSteps.start(scene.containers);
    const connection = await steps.connectAsApplication();
    const { operation, direction } = await begin(steps, scene);
    const memory = steps.memory();
    const run = await steps.run(operation, {
      memory,
      direction,
      ...(at === undefined ? {} : { disturbance: { kind: "dies", at } }),
    });
    if (run.outcome === undefined) {
      assert.ok(run.error instanceof Crash, String(run.error));
      await steps.apply(operation, { memory, direction });
    }
    const state = own(await stateOf(steps, connection));
    connection.close();
    return { state, hasDied: run.outcome === undefined };
  };
  const undisturbed = await play();
  for (let at = 1, hasDied = true; hasDied; at++) {
    const played = await play(at);
    assert.deepEqual(played.state, undisturbed.state, `killed after request ${at}`);
    hasDied = played.hasDied;
    assert.ok(hasDied || at > 2, `${at - 1} crashes show nothing`);
  }
}

async function check(kind: string, scene: Scene): Promise<void> {
  await using steps = await EmbeddedSteps.start(scene.containers);
  const connection = await steps.connectAsApplication();
  try {
    await play({ kind, scene, steps, look: () => stateOf(steps, connection) });
  } finally {
    connection.close();
  }
}

async function play(
  { kind, scene, steps, look }: {
    readonly kind: string;
    readonly scene: Scene;
    readonly steps: EmbeddedSteps;
    look(): Promise<State>;
  },
): Promise<void> {
  const { operation, direction } = await begin(steps, scene);
  assert.equal(operation.kind, kind);
  const before = await look();

  const estimates = [await steps.estimate(operation, "exact"), await steps.estimate(operation, "sampled")];
  assert.deepEqual(await look(), before, "an estimate changes nothing");

  const memory = steps.memory();
  await steps.apply(operation, { memory, direction });
  const applied = await look();
  const changed = countChanges(before, applied);
  for (const { documents } of estimates) {
    if (UNCOUNTED.has(kind)) assert.equal(documents, undefined);
    else assert.ok(Math.abs((documents ?? NaN) - changed) <= 0.2 * changed, `${documents} for ${changed}`);
  }

  // As when the process died after the last request, also before it could note how far it was.
  await steps.apply(operation, { memory: { ...memory, checkpoints: new Map() }, direction });
  assert.deepEqual(await look(), applied, "the second time nothing is written");

  if (operation.invert(memory.captured) === undefined) {
    assert.equal(operation.reversibility, "none");
    return;
  }
  assert.notEqual(operation.reversibility, "none");
  if (!scene.isInverse) write(steps, scene);
  const now = await look();
  await steps.down(operation, memory);
  assert.deepEqual(own(await look()), expected(scene, { now, before }), "what a rollback leaves");
}

/** Leads to where a scene begins. @returns the operation in question */
async function begin(
  steps: EmbeddedSteps,
  scene: Scene,
): Promise<{ readonly operation: Operation; readonly direction: Direction }> {
  for (const prepared of scene.prepared ?? []) await steps.up(prepared);
  const { operation } = scene;
  if (!scene.isInverse) return { operation, direction: "up" };
  const { captured } = await steps.up(operation);
  write(steps, scene);
  return { operation: operation.invert(captured) ?? assert.fail("no inverse"), direction: "down" };
}

/** What an application does between up and down. */
function write(steps: EmbeddedSteps, { meanwhile }: Scene): void {
  if (meanwhile === undefined) return;
  const { container, changes, creations } = meanwhile;
  for (const { pick, fields } of changes) {
    const found = steps.documents(container);
    const chosen = found[pick % found.length];
    if (chosen !== undefined) steps.emulator.store.insert(container, [{ ...chosen, ...fields }]);
  }
  steps.emulator.store.insert(container, creations);
}

/** As it was before the operation, but for what the application has written since. */
const asBefore: Restored = (now, before) =>
  before === undefined ? now : { ...before, ...("live" in now ? { live: now["live"] ?? null } : {}) };

/** What a rollback is to leave of the state that it finds. */
function expected(
  { restored = asBefore, restoredSettings, meanwhile, operation }: Scene,
  { now, before }: { readonly now: State; readonly before: State },
): State {
  const found = own(now);
  return Object.fromEntries(
    Object.entries(own(before)).map(([id, was]) => {
      const is = found[id] ?? was;
      const settings = operation.containers.includes(id) && restoredSettings?.(is.settings, was.settings);
      const documents = id === meanwhile?.container
        ? mapDocuments(is.documents, (document, name) => restored(document, was.documents[name]))
        : was.documents;
      return [id, { ...was, settings: settings || was.settings, documents }];
    }),
  );
}

function mapDocuments(
  documents: ContainerState["documents"],
  change: (document: JsonObject, id: string) => JsonObject | undefined,
): ContainerState["documents"] {
  return Object.fromEntries(
    Object.entries(documents).flatMap(([id, document]) => {
      const changed = change(document, id);
      return changed === undefined ? [] : [[id, changed]];
    }),
  );
}

/** Documents that are new, gone, or were written. */
function countChanges(before: State, after: State): number {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].reduce((sum, container) => {
    const [was, is] = [before[container]?.documents ?? {}, after[container]?.documents ?? {}];
    const ids = [...new Set([...Object.keys(was), ...Object.keys(is)])];
    return sum + ids.filter((id) => !jsonEquals(was[id] ?? null, is[id] ?? null)).length;
  }, 0);
}

async function stateOf(
  { emulator: { store } }: EmbeddedSteps,
  { database }: CosmosConnection,
): Promise<State> {
  const entries = store.containers().toSorted().map(async (id): Promise<[string, ContainerState]> => {
    const settings = store.settings(id);
    const kinds = ["sprocs", "triggers", "udfs"] as const;
    const scripts = await Promise.all(kinds.map((kind) => database.scripts(id).list(kind)));
    const provisioned = await database.throughput.read(String(settings["_rid"]));
    return [id, {
      settings,
      documents: Object.fromEntries(
        store.documents(id).map((document) => [String(document["id"]), document]),
      ),
      scripts: scripts.flat().toSorted((left, right) => left.id < right.id ? -1 : 1),
      throughput: provisioned && { ...provisioned.throughput },
    }];
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** A state without what the service adds. */
function own(state: State): State {
  return Object.fromEntries(
    Object.entries(state).map(([id, { settings, documents, scripts, throughput }]) => [id, {
      settings: { ...ownOf(settings), indexingPolicy: withoutEmptyLists(settings["indexingPolicy"]) },
      documents: mapDocuments(documents, ownOf),
      scripts: scripts.map(ownOf),
      throughput,
    }]),
  );
}

function ownOf(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !isSystemProperty(name)));
}

/** To the service an empty list of composite indexes is the same as none. */
function withoutEmptyLists(indexingPolicy: JsonValue | undefined): JsonObject {
  const entries = Object.entries(isJsonObject(indexingPolicy) ? indexingPolicy : {});
  return Object.fromEntries(entries.filter(([, value]) => !(Array.isArray(value) && value.length === 0)));
}
