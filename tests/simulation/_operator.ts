import { BAD_DOCUMENT } from "./_migrations.ts";
import type { World } from "./_world.ts";

/** Whoever else touches the database: the application, and a person who loses patience. */
export class Operator {
  /** How often the application counted in each document. */
  readonly hits = new Map<string, number>();
  readonly #world: World;
  #isThere = true;

  constructor(world: World) {
    this.#world = world;
  }

  begin(): void {
    this.#incrementNowAndThen();
    const { timeline, plot: { ailsUntilMs } } = this.#world;
    if (ailsUntilMs !== undefined && ailsUntilMs < Infinity) timeline.after(ailsUntilMs, () => this.#heal());
    if (this.#world.isMeddledWith) this.#meddleWithTheLease();
  }

  /** Leaves everything alone from now on. */
  leave(): void {
    this.#isThere = false;
    this.#heal();
  }

  /** Puts the document right that a migration could not change. */
  #heal(): void {
    const { service, trace } = this.#world;
    const items = service.containers.get("items");
    if (items !== undefined && service.unset(items, BAD_DOCUMENT, "bad")) {
      trace("the bad document is put right");
    }
  }

  /** The application goes on counting while migrations run. */
  #incrementNowAndThen(): void {
    const { random, timeline, service } = this.#world;
    const times = random.pick([0, 0, 3, 6]);
    for (let time = 0; time < times; time++) {
      const id = random.pick(["d0", "d1", "d2"]);
      timeline.after(random.between(0, 15_000), () => {
        const items = service.containers.get("items");
        if (this.#isThere && items !== undefined && service.increment(items, id)) {
          this.hits.set(id, (this.hits.get(id) ?? 0) + 1);
        }
      });
    }
  }

  /** Releases the lease by force, or deletes its document, whoever holds it. */
  #meddleWithTheLease(): void {
    const { random, timeline, partition, trace, consistency } = this.#world;
    // Where a reader need not see what is there, a lease that is deleted cannot be restored from the records: docs/protocol.md says so.
    const isDeleted = consistency === "session" && random.chance(0.5);
    timeline.after(random.between(0, 20_000), () => {
      const lease = partition.current("lease");
      if (lease === undefined || !this.#isThere) return;
      if (isDeleted) {
        trace("somebody deletes the lease");
        partition.commit(undefined, new Map([["lease", undefined]]));
      } else if (lease["holder"] !== null) {
        trace("somebody releases the lease by force");
        const released = { ...lease, holder: null, unsettled: "forced", nonce: `forced-${partition.lsn}` };
        partition.commit(undefined, new Map([["lease", released]]));
      }
    });
  }
}
