import type { Clock } from "../../lib/base/clock.ts";
import type { Emulator } from "../../lib/emulator/mod.ts";

const LEDGER = "__migrations";

/** What a request on documents cost, and when. */
export interface DocumentCharge {
  readonly atMs: number;
  readonly charge: number;
}

/** Notes what an embedded database charges from now on for reading and writing documents, those of the ledger left out. */
export function documentCharges({ onRequest }: Pick<Emulator, "onRequest">, clock: Clock): DocumentCharge[] {
  const charges: DocumentCharge[] = [];
  onRequest({
    afterCommit: ({ resource, container }, { charge }) => {
      if (resource === "document" && container !== LEDGER) {
        charges.push({ atMs: clock.monotonicMs(), charge });
      }
    },
  });
  return charges;
}

/** Request units of them all. */
export function totalOf(charges: readonly DocumentCharge[]): number {
  return charges.reduce((total, { charge }) => total + charge, 0);
}

/** Request units that were spent beyond a rate in the worst stretch of time, in requests of the largest size. */
export function excess(charges: readonly DocumentCharge[], ruPerSecond: number): number {
  const inOrder = charges.toSorted((left, right) => left.atMs - right.atMs);
  let [total, over, largest, least] = [0, 0, 0, Infinity];
  for (const { atMs, charge } of inOrder) {
    const earned = ruPerSecond * atMs / 1_000;
    least = Math.min(least, total - earned);
    total += charge;
    largest = Math.max(largest, charge);
    over = Math.max(over, total - earned - least);
  }
  return over / largest;
}
