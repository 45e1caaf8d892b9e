import assert from "node:assert/strict";
import { CosmigError } from "../../../lib/base/errors.ts";
import { parseSeed, startEmulator } from "../../../lib/emulator/mod.ts";

const SEED = {
  database: "shop",
  containers: {
    Users: {
      partitionKey: "/id",
      uniqueKeys: [["/email"]],
      defaultTtl: -1,
      documents: [{ id: "2", email: "b" }, { id: "1", email: "a" }],
    },
    Orders: {
      partitionKey: ["/tenant", "/user"],
      throughput: 800,
      documents: [{ id: "1", tenant: "t", user: "u" }],
    },
  },
};

Deno.test("parseSeed() takes what the documentation describes", () => {
  assert.deepEqual(parseSeed(JSON.parse(JSON.stringify(SEED))), SEED);
  assert.equal(parseSeed({ containers: {} }).database, "cosmig");
});

const WRONG: readonly (readonly [unknown, path: string])[] = [
  [null, ""],
  [{}, "/containers"],
  [{ containers: {}, databse: "x" }, "/databse"],
  [{ database: 1, containers: {} }, "/database"],
  [{ containers: { "a/b": {} } }, "/containers/a~1b/partitionKey"],
  [{ containers: { c: { partitionKey: "id" } } }, "/containers/c/partitionKey"],
  [{ containers: { c: { partitionKey: ["/a", 1] } } }, "/containers/c/partitionKey/1"],
  [{ containers: { c: { partitionKey: "/a", uniqueKeys: ["/x"] } } }, "/containers/c/uniqueKeys/0"],
  [
    { containers: { c: { partitionKey: "/a", documents: [{ id: "1" }, { id: 2 }] } } },
    "/containers/c/documents/1/id",
  ],
  [{ containers: { c: { partitionKey: "/a", ttl: 1 } } }, "/containers/c/ttl"],
];
for (const [json, path] of WRONG) {
  Deno.test(`parseSeed() names ${path || "the root"} in ${JSON.stringify(json)}`, () => {
    assert.throws(
      () => parseSeed(json),
      (error) => error instanceof CosmigError && error.code === "emulator" && error.details.path === path,
    );
  });
}

Deno.test("snapshot() has the shape of a seed, and a seed of it gives the same snapshot", async () => {
  await using first = await startEmulator({ seed: parseSeed(SEED) });
  const snapshot = first.store.snapshot();
  assert.deepEqual(snapshot.containers.Users?.documents, [{ id: "1", email: "a" }, { id: "2", email: "b" }]);
  assert.equal(snapshot.containers.Orders?.throughput, 800);
  await using second = await startEmulator({
    seed: parseSeed(JSON.parse(JSON.stringify(snapshot))),
    partitions: 7,
  });
  assert.deepEqual(second.store.snapshot(), snapshot);
});

Deno.test("startEmulator() names the document or container of a seed that the service would refuse", async () => {
  const refusal = async (container: unknown) => {
    const seed = parseSeed({ containers: { c: container } });
    const error = await startEmulator({ seed }).then(() => undefined, (error) => error);
    assert.ok(error instanceof CosmigError && error.code === "emulator");
    return [error.details.path, error.details.status];
  };
  const documents = [{ id: "1", pk: "a" }, { id: "1", pk: "a" }];
  assert.deepEqual(await refusal({ partitionKey: "/pk", documents }), ["/containers/c/documents/1", 409]);
  const clash = { partitionKey: "/a", uniqueKeys: [["/x"]], documents: [{ id: "1" }, { id: "2" }] };
  assert.deepEqual(await refusal(clash), ["/containers/c/documents/1", 409]);
  assert.deepEqual(await refusal({ partitionKey: "/a", defaultTtl: 0 }), ["/containers/c", 400]);
});

Deno.test("startEmulator() refuses options that cannot work", async () => {
  const refused = (error: unknown) => error instanceof CosmigError && error.code === "emulator";
  await assert.rejects(startEmulator({ partitions: 0 }), refused);
  await assert.rejects(startEmulator({ port: 70_000 }), refused);
  await assert.rejects(startEmulator({ key: "not base 64!" }), refused);
});

Deno.test("startEmulator() is deterministic: the same requests leave the same state and the same answers", async () => {
  const states = [];
  for (let run = 0; run < 2; run++) {
    await using emulator = await startEmulator({ seed: parseSeed(SEED) });
    emulator.store.split("Users", "0");
    emulator.store.insert("Users", [{ id: "3", email: "c" }]);
    states.push(emulator.store.documents("Users").map(({ _ts, ...document }) => document));
    states.push(emulator.store.ranges("Users"));
  }
  assert.deepEqual(states.slice(0, 2), states.slice(2));
});
