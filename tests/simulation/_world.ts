import type { LeaseTimings } from "../../lib/lock/timings.ts";
import { drawFaults } from "./_faults.ts";
import type { Focus } from "./_focus.ts";
import { drawMenu, fillDatabase, type Menu } from "./_migrations.ts";
import { Network, type ProcessFaults } from "./_network.ts";
import { drawPlot, type Plot } from "./_plot.ts";
import { Partition } from "./_partition.ts";
import { SeededRandom } from "./_random.ts";
import { SimulatedService } from "./_service.ts";
import type { Subject } from "./_subject.ts";
import { Timeline } from "./_timeline.ts";
import { Witness } from "./_witness.ts";

/** Everything that the actors of one schedule share. */
export interface World {
  readonly subject: Subject;
  readonly timeline: Timeline;
  readonly random: SeededRandom;
  readonly network: Network;
  readonly service: SimulatedService;
  readonly partition: Partition;
  readonly witness: Witness;
  readonly menu: Menu;
  readonly plot: Plot;
  readonly timings: LeaseTimings & { readonly requestTimeoutMs: number };
  readonly consistency: "session" | "eventual";
  /** Whether somebody deletes the lease or releases it by force. */
  readonly isMeddledWith: boolean;
  trace(line: string): void;
}

/** How to make a world. */
export interface WorldOptions {
  readonly seed: number;
  readonly focus: Focus;
  readonly processFaults: ProcessFaults;
  /** Receives each line of the trace. */
  readonly onTrace: ((line: string) => void) | undefined;
}

export const LEASE_MS = 6_000;
const SETTLE_MS = 5_000;
/** How late a write may take effect. Without a condition as late as settling covers, by the slowest and the fastest clock; else as late as it likes. */
const LATENESS_MS = { settled: 4_400, forced: 1_400, harmless: 30_000 };

/** Draws a world from a seed. */
export function createWorld(
  subject: Subject,
  { seed, focus, processFaults, onTrace }: WorldOptions,
): World {
  const random = new SeededRandom(seed);
  const timeline = new Timeline();
  const trace = onTrace === undefined
    ? () => {}
    : (line: string) => onTrace(`${Math.round(timeline.nowMs)} ${line}`);
  const kind = focus.migrations === "any"
    ? random.pick(["conditional", "conditional", "unconditional"] as const)
    : focus.migrations;
  const consistency = focus.consistency === "any"
    ? random.pick(["session", "session", "session", "eventual"] as const)
    : focus.consistency;
  const isMeddledWith = random.chance(0.25);
  const menu = drawMenu(random, { definitions: subject.definitions, kind });
  const faults = drawFaults(random, {
    latenessMs: LATENESS_MS.harmless,
    unconditionalLatenessMs: isMeddledWith ? LATENESS_MS.forced : LATENESS_MS.settled,
    leaseMs: LEASE_MS,
  });
  const plot = drawPlot(random, focus, { kind, migrations: menu.names.length });
  const witness = new Witness({ timeline, trace, plot });
  const clockSkewMs = random.between(-7_200_000, 7_200_000);
  const service = new SimulatedService(focus);
  fillDatabase(service, { ails: plot.ailsUntilMs !== undefined });
  trace(`migrations: ${menu.names.join(", ")}; ${consistency}; ${JSON.stringify(plot)}`);
  return {
    ...{ subject, timeline, random, service, witness, menu, plot, consistency, isMeddledWith, trace },
    network: new Network({ timeline, random, trace, processFaults, faults: { ...faults, ...focus.faults } }),
    partition: new Partition({ timeline, random, observer: witness, clockSkewMs }),
    timings: subject.leaseTimings({ durationMs: LEASE_MS, settleMs: SETTLE_MS }),
  };
}
