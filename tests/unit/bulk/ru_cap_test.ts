import assert from "node:assert/strict";
import { ruCapOf } from "../../../lib/bulk/ru_cap.ts";
import type { CosmosDatabase, ThroughputSetting } from "../../../lib/cosmos/port.ts";
import { VirtualClock } from "../../support/virtual_clock.ts";
import { FakeContainer, fakeDatabase } from "../../support/fake_container.ts";

function optionsWith(throughput: ThroughputSetting["throughput"] | undefined) {
  const asked: string[] = [];
  const database: CosmosDatabase = {
    ...fakeDatabase(new FakeContainer({ clock: new VirtualClock() })),
    throughput: {
      read: (rid) => {
        asked.push(rid);
        return Promise.resolve(throughput && { throughput, offer: {} });
      },
      replace: () => Promise.reject(new Error("Nothing is to be replaced")),
    },
  };
  const options = {
    database,
    container: { id: "Users", rid: "rid-of-users" },
    signal: new AbortController().signal,
  };
  return { asked, options };
}

Deno.test("ruCapOf() takes request units as they are and asks nobody", async () => {
  const { asked, options } = optionsWith(undefined);
  assert.equal(await ruCapOf({ ruPerSecond: 400 }, options), 400);
  assert.equal(await ruCapOf({ ruPerSecond: undefined }, options), undefined);
  assert.deepEqual(asked, []);
});

Deno.test("ruCapOf() takes a share of what is provisioned for this container, of the maximum where it scales", async () => {
  const manual = optionsWith({ kind: "manual", ruPerSecond: 6_000 });
  assert.equal(await ruCapOf({ ruPerSecond: undefined, ruShare: 0.25 }, manual.options), 1_500);
  assert.deepEqual(manual.asked, ["rid-of-users"]);
  const autoscale = optionsWith({ kind: "autoscale", maxRuPerSecond: 10_000 });
  assert.equal(await ruCapOf({ ruPerSecond: undefined, ruShare: 0.5 }, autoscale.options), 5_000);
});

Deno.test("ruCapOf() refuses a share where the container has no throughput of its own", async () => {
  const { options } = optionsWith(undefined);
  await assert.rejects(() => ruCapOf({ ruPerSecond: undefined, ruShare: 0.5 }, options), {
    code: "operation-refused",
    message: /Cannot limit the request units of "Users" to 50 %/,
  });
});
