import assert from "node:assert/strict";
import { CosmosError } from "../../../lib/base/errors.ts";
import type { CosmosDatabase, Throughput } from "../../../lib/cosmos/port.ts";
import { requestRate } from "../../../lib/runner/request_rate.ts";

const { signal } = new AbortController();

/** A database of which only the throughput of one container can be read. */
function database(read: () => Throughput | undefined): CosmosDatabase {
  return {
    container: () => ({ properties: () => Promise.resolve({ rid: "rid" }) }),
    throughput: {
      read: (rid: string) => {
        assert.equal(rid, "rid");
        const throughput = read();
        return Promise.resolve(throughput && { throughput, offer: {} });
      },
    },
  } as unknown as CosmosDatabase;
}

Deno.test("requestRate() is what is provisioned, at the most, or the limit of the run where that is less", async () => {
  const manual = database(() => ({ kind: "manual", ruPerSecond: 1_000 }));
  const autoscale = database(() => ({ kind: "autoscale", maxRuPerSecond: 4_000 }));
  const shared = database(() => undefined);
  const rate = (from: CosmosDatabase, limit: { ruPerSecond?: number; ruShare?: number }) =>
    requestRate("Users", {
      database: from,
      limit: { ruPerSecond: limit.ruPerSecond, ruShare: limit.ruShare },
      signal,
    });
  assert.equal(await rate(manual, {}), 1_000);
  assert.equal(await rate(manual, { ruPerSecond: 400 }), 400);
  assert.equal(await rate(manual, { ruPerSecond: 5_000 }), 1_000);
  assert.equal(await rate(autoscale, { ruShare: 0.5 }), 2_000);
  assert.equal(await rate(shared, { ruPerSecond: 400 }), 400);
  assert.equal(await rate(shared, {}), undefined);
});

Deno.test("requestRate() is not known where the credential may not read it, and passes other errors on", async () => {
  const refusing = (status: number) =>
    database(() => {
      throw new CosmosError("no", { status, operation: "read", retryable: false, ambiguous: false });
    });
  const limit = { ruPerSecond: undefined };
  assert.equal(await requestRate("Users", { database: refusing(403), limit, signal }), undefined);
  await assert.rejects(requestRate("Users", { database: refusing(500), limit, signal }), /no/);
});
