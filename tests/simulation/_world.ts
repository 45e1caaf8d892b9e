import type { LeaseTimings } from "../../lib/lock/timings.ts";
import type { Menu } from "./_migrations.ts";
import type { Network } from "./_network.ts";
import type { Partition } from "./_partition.ts";
import type { SeededRandom } from "./_random.ts";
import type { SimulatedService } from "./_service.ts";
import type { Subject } from "./_subject.ts";
import type { Timeline } from "./_timeline.ts";
import type { Witness } from "./_witness.ts";

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
  readonly timings: LeaseTimings & { readonly requestTimeoutMs: number };
  readonly consistency: "session" | "eventual";
  trace(line: string): void;
}
