import type { JsonObject } from "../../lib/base/json.ts";
import type { Focus } from "./_focus.ts";
import type { Intervention } from "./_plot.ts";
import { type Command, Runner } from "./_runner.ts";
import type { Subject } from "./_subject.ts";
import { LEASE_MS, type World } from "./_world.ts";

/** Draws who takes part: replicas that start at about the same time, and people who roll back. */
export function castRunners(world: World, { isDuel }: Focus): Runner[] {
  const { random, partition, subject } = world;
  const init = random.chance(0.5);
  if (!init) partition.commit(undefined, new Map([["lease", releasedLease(subject)]]));
  const ups = isDuel ? 1 : random.pick([2, 2, 2, 2, 3, 3, 4, 8]);
  const rollbacks = isDuel ? 1 : random.pick([0, 1, 1, 1, 2]);
  const { menu, plot } = world;
  const latestRollbackMs = isDuel || random.chance(0.5) ? 5_000 : 20_000;
  return [
    ...Array.from({ length: ups }, (_, index) =>
      new Runner(world, {
        ...{ name: `up${index}`, init, command: { kind: "up" } },
        startMs: random.between(0, 3_000),
      })),
    ...Array.from({ length: rollbacks }, (_, index) =>
      new Runner(world, {
        ...{ name: `rollback${index}`, init },
        command: { kind: "rollback", steps: random.integer(1, 3), hold: isDuel || random.chance(0.3) },
        startMs: random.between(0, latestRollbackMs),
      })),
    ...plot.interventions.map((intervention, index) =>
      new Runner(world, {
        ...{ name: `person${index}`, init, startMs: intervention.atMs },
        command: commandOf(intervention, menu.registry("first")[intervention.migration]?.id ?? ""),
      })
    ),
  ];
}

function commandOf(intervention: Intervention, id: string): Command {
  return intervention.kind === "baseline"
    ? { kind: "baseline", id }
    : { kind: "repair", request: { kind: intervention.repair, id } };
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
