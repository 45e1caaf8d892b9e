/** Commands that only read keep to the limit of request units, over everything that they read. */
import assert from "node:assert/strict";
import {
  addField,
  defineMigration,
  deleteDocuments,
  lookup,
  seedDocuments,
  transformDocuments,
} from "../../lib/mod.ts";
import type { RegistryEntry } from "../../lib/definition/registry.ts";
import type { Operation } from "../../lib/definition/operation.ts";
import { verify } from "../../lib/maintenance/verify.ts";
import { previewUp } from "../../lib/runner/preview.ts";
import type { RequestLimit } from "../../lib/runner/request_rate.ts";
import { type DocumentCharge, documentCharges, excess, totalOf } from "../support/document_charges.ts";
import { EmbeddedDatabase, registryOf } from "../support/embedded_database.ts";
import { LeapingClock } from "../support/leaping_clock.ts";

const POLICY = { order: "linear", ahead: "allow", drift: "refuse" } as const;
const RU_PER_SECOND = 40;
const CONTAINERS = Array.from({ length: 10 }, (_, n) => `Orders${n}`);
const ORDERS = Array.from({ length: 200 }, (_, n) => ({
  id: `o${n}`,
  customer: `c${n}`,
  text: "x".repeat(500),
  n: 1,
}));

type Order = typeof ORDERS[number];

/** Counts, reads documents, a lookup, and reads by id. */
const EVERYTHING = registryOf(defineMigration({
  description: "Everything that is read",
  up: CONTAINERS.flatMap((container): Operation[] => [
    addField({ container, field: "/checked", value: true }),
    transformDocuments({
      container: `${container}Archive`,
      isDone: ({ n }) => n === 1,
      lookups: { orders: lookup({ container: "Customers", by: "/id" }) },
      transform: (order: Order) => ({ ...order, n: 1 }),
    }),
  ]).concat(seedDocuments({ container: "Customers", documents: [{ id: "c0" }, { id: "c1" }] })),
}));
/** One count for each operation, which costs more than what is expected of the first. */
const COUNTS = registryOf(defineMigration({
  description: "Nothing but counts",
  up: CONTAINERS.map((container) => deleteDocuments({ container, where: "c.n = 2" })),
}));

function start(partitions: number): Promise<EmbeddedDatabase> {
  return EmbeddedDatabase.start({
    ...Object.fromEntries(
      [...CONTAINERS, ...CONTAINERS.map((container) => `${container}Archive`)].map((container) => [
        container,
        { partitionKey: "/customer", documents: ORDERS },
      ]),
    ),
    Customers: { partitionKey: "/id", documents: [{ id: "c0" }, { id: "c1" }] },
  }, { partitions });
}

/** Runs a command. Returns what that was charged for documents. */
type Read = (
  database: EmbeddedDatabase,
  options: {
    readonly registry: readonly RegistryEntry[];
    readonly limit: RequestLimit;
    readonly clock: LeapingClock;
  },
) => Promise<readonly DocumentCharge[]>;

function planning(count: "exact" | "sampled"): Read {
  return async (database, { registry, limit, clock }) => {
    const charges = documentCharges(database.emulator, clock);
    await database.within(
      registry,
      { clock },
      (context) => previewUp(context, { policy: POLICY, count, limit }),
    );
    return charges;
  };
}

const verifying: Read = async (database, { registry, limit, clock }) => {
  await database.up(registry, { allowDestructive: true });
  const charges = documentCharges(database.emulator, clock);
  const { findings } = await database.within(
    registry,
    { clock },
    (context) => verify(context, { documents: true, limit }),
  );
  assert.deepEqual(findings, []);
  return charges;
};

const READERS: Readonly<Record<string, Read>> = {
  "plan --count exact": planning("exact"),
  "plan --count sampled": planning("sampled"),
  "verify --documents": verifying,
};
const SITUATIONS = [{ registry: EVERYTHING, partitions: 2 }, { registry: COUNTS, partitions: 1 }] as const;

Deno.test("plan and verify --documents never spend more than --ru-limit on all that they read together", async () => {
  for (const { registry, partitions } of SITUATIONS) {
    for (const [what, read] of Object.entries(READERS)) {
      await using database = await start(partitions);
      const limit = { ruPerSecond: RU_PER_SECOND };
      const charges = await read(database, { registry, limit, clock: new LeapingClock() });
      assert.ok(totalOf(charges) > 20 * RU_PER_SECOND, `${what} reads too little: ${totalOf(charges)}`);
      const above = excess(charges, RU_PER_SECOND);
      assert.ok(above <= 2, `${what}: ${above} requests above it`);
    }
  }
});

Deno.test("plan and verify --documents wait for nothing without a limit", async () => {
  for (const { registry, partitions } of SITUATIONS) {
    for (const [what, read] of Object.entries(READERS)) {
      await using database = await start(partitions);
      const clock = new LeapingClock();
      await read(database, { registry, limit: { ruPerSecond: undefined }, clock });
      assert.deepEqual([clock.monotonicMs(), clock.timers], [0, 0], what);
    }
  }
});
