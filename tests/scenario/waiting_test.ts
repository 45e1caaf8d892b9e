/** Replicas that start at the same time: one migrates, the others wait. */
import assert from "node:assert/strict";
import { DatabaseProcess } from "../chaos/database_process.ts";
import { costsOfWaiting, race } from "../chaos/race.ts";
import { runTool } from "../support/tool_process.ts";

const MAIN = "tests/chaos/_main.ts";

Deno.test("up of six processes at once: exactly one applies, the others wait at 1 RU a second and exit with 0", async () => {
  const result = await race({ processes: 6, migrations: 3, documents: 300 });
  for (const { code, stderr } of result.racers) assert.equal(code, 0, stderr);
  assert.equal(result.writers.length, 1, "processes that began a migration");
  const applied = result.racers.filter(({ stderr }) => /^Applied /m.test(stderr));
  assert.deepEqual(applied.map(({ pid }) => pid), result.writers);

  const costs = costsOfWaiting(result);
  assert.ok(costs.length >= 3, `only ${costs.length} processes were seen waiting`);
  for (const { charge, seconds } of costs) {
    // The service sees a request when it arrives: on a busy machine one may be late and the next one not.
    assert.ok(charge <= seconds + 0.5, `${charge} RU in ${seconds} s`);
  }
});

Deno.test("up and wait say who holds the lease: host, process, command and since when; and end with 75 when it takes too long", async () => {
  const holder = {
    host: "pod-7",
    pid: 77,
    version: "1.2.3",
    command: "up",
    since: "2024-05-06T07:08:09.000Z",
  };
  await using database = new DatabaseProcess({
    seed: {
      database: "shop",
      containers: {
        Audit: { partitionKey: "/id", documents: [] },
        Log: { partitionKey: "/id", documents: [] },
        __migrations: {
          partitionKey: "/scope",
          documents: [{
            ...{ id: "lease", scope: "default", type: "lease", format: 1, nonce: "n", term: 3, revision: 1 },
            ...{ holder, durationMs: 60_000, unsettled: false, sequence: 0, digest: null, intent: null },
          }],
        },
      },
    },
  });
  const { connectionString } = await database.report();
  const env = { CosmosDb__ConnectionString: connectionString, CosmosDb__DatabaseName: "shop" };
  const [up, wait] = await Promise.all([
    runTool(["up", "--lock-timeout", "1500ms"], { main: MAIN, env }),
    runTool(["wait", "--timeout", "1500ms"], { main: MAIN, env }),
  ]);
  const who = "host pod-7, process 77, up, since 2024-05-06 07:08:09 UTC";
  assert.equal(up.code, 75, up.stderr);
  assert.ok(up.stderr.startsWith(`Waiting for the lease: held by ${who}; waited `), up.stderr);
  assert.match(
    up.stderr,
    /\nError: The lease is held by host pod-7, process 77, up, since [\d-]+ [\d:]+ UTC; waited 1\.5s\n/,
  );
  assert.equal(wait.code, 75, wait.stderr);
  assert.ok(wait.stderr.startsWith(`Waiting for 8 migrations: at work is ${who}; waited `), wait.stderr);
  assert.match(wait.stderr, /\nError: Not every migration was applied in time: 8 are pending, pod-7 /);
});
