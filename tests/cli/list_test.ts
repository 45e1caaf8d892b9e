import assert from "node:assert/strict";
import { defineRegistry } from "../../lib/definition/registry.ts";
import { registryOf, runFake, SAMPLES } from "./_run.ts";

Deno.test("list prints the migrations of this binary and needs no configuration", async () => {
  const { code, out, err } = await runFake(["list"]);
  assert.equal(code, 0);
  assert.equal(err, "");
  assert.equal(
    out,
    `ID               NAME            DESCRIPTION
20240101_000001  warm_the_cache  Warm the cache
20240101_000002  tell_the_index  Tell the index

2 migrations
`,
  );
});

Deno.test("list --json prints a versioned object", async () => {
  const { out } = await runFake(["list", "--json"]);
  const printed = JSON.parse(out);
  assert.equal(printed.version, 1);
  assert.equal(printed.digest, SAMPLES.digest);
  assert.deepEqual(printed.migrations[0], {
    id: "20240101_000001",
    name: "warm_the_cache",
    checksum: "v1:0",
    description: "Warm the cache",
    phase: null,
    operations: [{
      kind: "run",
      step: SAMPLES.entries[0]?.migration.up[0]?.step,
      description: SAMPLES.entries[0]?.migration.up[0]?.description,
    }],
  });
});

Deno.test("list of a binary without migrations says so", async () => {
  const { code, out } = await runFake(["list"], { migrations: registryOf({}) });
  assert.deepEqual([code, out], [0, "This binary contains no migrations\n"]);
});

Deno.test("list of a registry that contradicts itself is exit code 2 with the remedy", async () => {
  const broken = defineRegistry("wrong", SAMPLES.entries);
  const { code, out, err } = await runFake(["list"], { migrations: broken });
  assert.deepEqual([code, out], [2, ""]);
  assert.match(
    err,
    /^Error: Cannot use the registry as its digest does not match its entries\n.*deno task index.*\nNext: cosmig list/,
  );
});
