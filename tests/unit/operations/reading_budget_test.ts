/** What estimates and checks read of documents is paid out of the budget, to the last request. */
import assert from "node:assert/strict";
import { systemClock } from "../../../lib/base/clock.ts";
import { CosmigError } from "../../../lib/base/errors.ts";
import { RuBudget } from "../../../lib/bulk/ru_budget.ts";
import { RuGovernor } from "../../../lib/bulk/ru_governor.ts";
import type { Operation } from "../../../lib/definition/operation.ts";
import type { EmulatorOptions } from "../../../lib/emulator/mod.ts";
import type { EstimateContext } from "../../../lib/operations/handler.ts";
import { handlerOf } from "../../../lib/operations/registry.ts";
import {
  addField,
  copyContainer,
  copyDocuments,
  deleteContainer,
  deleteDocuments,
  lookup,
  moveToPartition,
  purgeTraces,
  rebuildContainer,
  seedDocuments,
  transformDocuments,
} from "../../../lib/mod.ts";
import { documentCharges, excess, totalOf } from "../../support/document_charges.ts";
import { EmbeddedSteps } from "../../support/embedded_steps.ts";
import { FakeContainer } from "../../support/fake_container.ts";
import { fill } from "../../support/pass_fixture.ts";
import { StepFixture } from "../../support/step_fixture.ts";
import { VirtualClock } from "../../support/virtual_clock.ts";

const ORDERS = Array.from({ length: 300 }, (_, n) => ({
  id: `o${n}`,
  customer: `c${n}`,
  text: "x".repeat(1_000),
  n: n % 2,
}));

type Order = typeof ORDERS[number];

const halve = transformDocuments({
  container: "Orders",
  isDone: ({ n }) => n === 1,
  lookups: { customers: lookup({ container: "Customers", by: "/id" }) },
  transform: (order: Order) => ({ ...order, n: 1 }),
});
const OPERATIONS: readonly Operation[] = [
  addField({ container: "Orders", field: "/checked", value: true }),
  halve,
  seedDocuments({ container: "Orders", documents: ORDERS.slice(0, 40).map((order) => ({ ...order, n: 2 })) }),
  deleteDocuments({ container: "Orders", where: "c.n = 1" }),
  moveToPartition({
    container: "Orders",
    where: "c.n = 1",
    move: (order: Order) => ({ ...order, customer: "c" }),
  }),
  purgeTraces({ container: "Orders" }),
  copyDocuments({ from: "Orders", to: "Archive" }),
  copyContainer({ from: "Orders", to: "Archive", follow: "change-feed" }),
  rebuildContainer({ container: "Orders", uniqueKeys: [["/number"]] }),
  deleteContainer({ container: "Orders" }),
];
const VERIFIED = OPERATIONS.slice(0, 6);

function start(options: EmulatorOptions = {}): Promise<EmbeddedSteps> {
  return EmbeddedSteps.start({
    Orders: { partitionKey: "/customer", documents: ORDERS },
    Customers: { partitionKey: "/id", documents: ORDERS.map(({ customer }) => ({ id: customer })) },
    Archive: { partitionKey: "/customer" },
  }, { partitions: 3, ...options });
}

/** A budget without a limit that notes what it is told was spent. */
class NotingBudget extends RuBudget {
  spent = 0;
  readonly #governor: RuGovernor;

  constructor() {
    const options = { clock: systemClock, ruPerSecond: undefined };
    super({ clock: systemClock, settings: options });
    this.#governor = new RuGovernor(options);
    const { reserve } = this.#governor;
    this.#governor.reserve = async (...args) => {
      const reservation = await reserve.apply(this.#governor, args);
      return {
        settle: (requestUnits) => {
          this.spent += requestUnits;
          reservation.settle(requestUnits);
        },
      };
    };
  }

  override governorOf(): Promise<RuGovernor> {
    return Promise.resolve(this.#governor);
  }
}

/** Checks that what a database charges for documents is what the budget is told. */
async function assertPaid(
  { emulator }: EmbeddedSteps,
  { what, read }: { readonly what: string; read(overrides: Partial<EstimateContext>): Promise<unknown> },
): Promise<void> {
  const charges = documentCharges(emulator, systemClock);
  const budget = new NotingBudget();
  await read({ budget });
  const total = totalOf(charges);
  assert.ok(total > 10, `${what} reads too little to show anything: ${total}`);
  assert.ok(Math.abs(budget.spent - total) < 0.1, `${what} was charged ${total} and paid ${budget.spent}`);
}

Deno.test("estimate() pays for everything that it reads of documents, with every operation that reads them", async () => {
  await using steps = await start();
  for (const count of ["exact", "sampled"] as const) {
    for (const operation of OPERATIONS) {
      await assertPaid(steps, {
        what: `${operation.kind}, ${count}`,
        read: (overrides) => steps.estimate(operation, count, overrides),
      });
    }
  }
});

Deno.test("verify() pays for everything that it reads of documents, with every operation that reads them", async () => {
  await using steps = await start();
  for (const operation of VERIFIED) {
    await assertPaid(steps, {
      what: operation.kind,
      read: (overrides) => steps.verify(operation, overrides),
    });
  }
});

Deno.test("estimate() by a sample does not exceed a limit where it costs far more than what was read before", async () => {
  const clock = new VirtualClock();
  const [small, large] = ["Small", "Orders"].map((id) => new FakeContainer({ clock, id, latencyMs: 500 }));
  assert.ok(small && large);
  fill(large, 25_600, { n: 0 });
  const settings = { ruPerSecond: 100 };
  const context: EstimateContext = {
    ...new StepFixture(clock, small, large).context("up"),
    budget: new RuBudget({ clock, settings }),
    count: "sampled",
  };
  for (const container of ["Small", "Orders"]) {
    const operation = transformDocuments({
      container,
      isDone: ({ n }) => n === 1,
      transform: (order: Order) => order,
    });
    await clock.run(handlerOf(operation).estimate(operation, context));
  }
  const above = excess(large.charges, settings.ruPerSecond);
  assert.ok(above <= 2, `${above} requests above the limit`);
});

Deno.test("estimate() and verify() refuse a share where the container has no throughput of its own, before they read", async () => {
  await using steps = await start({ serverless: true });
  const charges = documentCharges(steps.emulator, systemClock);
  const overrides = {
    budget: new RuBudget({ clock: systemClock, settings: { ruPerSecond: undefined, ruShare: 0.5 } }),
  };
  const isRefusal = (error: unknown) => error instanceof CosmigError && error.code === "operation-refused";
  for (const operation of OPERATIONS) {
    await assert.rejects(steps.estimate(operation, "exact", overrides), isRefusal, operation.kind);
    await steps.estimate(operation, "none", overrides);
  }
  for (const operation of VERIFIED) {
    await assert.rejects(steps.verify(operation, overrides), isRefusal, operation.kind);
  }
  assert.equal(totalOf(charges), 0);
});
