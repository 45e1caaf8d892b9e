import assert from "node:assert/strict";
import { RuBudget } from "../../../lib/bulk/ru_budget.ts";
import type { PassSettings } from "../../../lib/bulk/pass.ts";
import type { CosmosDatabase } from "../../../lib/cosmos/port.ts";
import { FakeContainer, fakeDatabase } from "../../support/fake_container.ts";
import { VirtualClock } from "../../support/virtual_clock.ts";

const clock = new VirtualClock();
const orders = new FakeContainer({ clock, id: "Orders", rid: "rid-orders" });
const users = new FakeContainer({ clock, id: "Users", rid: "rid-users" });

function setup(settings: Pick<PassSettings, "ruPerSecond" | "ruShare">) {
  const provisioned = new Map([["rid-orders", 1_000], ["rid-users", 4_000]]);
  const database: CosmosDatabase = {
    ...fakeDatabase(orders, users),
    throughput: {
      read: (rid) =>
        Promise.resolve({
          throughput: { kind: "manual", ruPerSecond: provisioned.get(rid) ?? 0 },
          offer: {},
        }),
      replace: () => Promise.reject(new Error("Nothing is to be replaced")),
    },
  };
  const budget = new RuBudget({ clock, settings });
  const { signal } = new AbortController();
  return { provisioned, governorOf: (of: FakeContainer) => budget.governorOf(of, { database, signal }) };
}

/** How many documents a read may ask for: by so much a cap can be told. */
function capOf(governor: Awaited<ReturnType<RuBudget["governorOf"]>>): number {
  return governor.documentsPerRequest("read", 100_000);
}

Deno.test("RuBudget gives all containers the same governor, so that the cap holds over all of them", async () => {
  const { governorOf } = setup({ ruPerSecond: 400 });
  assert.equal(await governorOf(orders), await governorOf(users));
  assert.equal(capOf(await governorOf(users)), 400);
});

Deno.test("RuBudget gives each container its share of what is provisioned for it, the same each time", async () => {
  const { governorOf } = setup({ ruPerSecond: undefined, ruShare: 0.5 });
  assert.equal(capOf(await governorOf(orders)), 500);
  assert.equal(capOf(await governorOf(users)), 2_000);
  assert.equal(await governorOf(orders), await governorOf(orders));
});

Deno.test("RuBudget follows what a migration provisions", async () => {
  const { provisioned, governorOf } = setup({ ruPerSecond: undefined, ruShare: 0.5 });
  await governorOf(orders);
  provisioned.set("rid-orders", 10_000);
  assert.equal(capOf(await governorOf(orders)), 5_000);
});
