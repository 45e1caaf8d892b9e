import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { type Emulator, startEmulator } from "../../lib/emulator/mod.ts";
import { migrations } from "../../migrations/mod.ts";
import { launch, type Launcher, LAUNCHERS } from "./_launchers.ts";

const SEED = JSON.parse(await readFile(new URL("../../migrations/seed.json", import.meta.url), "utf8"));

const COUNT = migrations.entries.length;
const NEWEST = migrations.entries.at(-1)?.id ?? "";
/** The seed holds documents and no history, and one of the samples needs stopped writers. */
const UP = ["up", "--init", "--allow-offline"];

interface Place {
  readonly emulator: Emulator;
  /** Names the database, with the connection string in a file. */
  readonly env: Readonly<Record<string, string>>;
}

async function withDatabase(
  run: (place: Place) => Promise<void>,
  settings: { readonly latencyMs?: number } = {},
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "cosmig-e2e-"));
  const emulator = await startEmulator({ seed: SEED, ...settings });
  try {
    const file = join(folder, "connection");
    await writeFile(file, `${emulator.connectionString}\n`);
    await run({
      emulator,
      env: { CosmosDb__ConnectionStringFile: file, CosmosDb__DatabaseName: SEED.database },
    });
  } finally {
    await emulator.close();
    await rm(folder, { recursive: true, force: true });
  }
}

for (const launcher of LAUNCHERS) {
  const test = (name: string, fn: () => Promise<void>) =>
    Deno.test({
      name: `${launcher.name} ${name}${launcher.missing === undefined ? "" : ` [${launcher.missing}]`}`,
      ignore: launcher.missing !== undefined,
      fn,
    });

  test("says what it is made of", async () => {
    const { code, stdout, stderr } = await run(launcher, ["version", "--json"]);
    assert.equal(code, 0, stderr);
    const { version, runtime, migrations: embedded, commit } = JSON.parse(stdout);
    assert.equal(version, 1);
    assert.equal(runtime.name, /Node/.test(launcher.name) ? "node" : "deno");
    assert.equal(embedded.count, COUNT);
    assert.ok(commit === null || /^[0-9a-f]{40}(?:\+changes)?$/.test(commit), commit);
    assert.equal(stderr, "");
  });

  test("lists its migrations without a connection", async () => {
    const { code, stdout, stderr } = await run(launcher, ["list"]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, new RegExp(`${COUNT} migrations\\n$`));
  });

  test("refuses a wrong command line with exit code 2", async () => {
    const { code, stderr } = await run(launcher, ["up", "--steps", "0"]);
    assert.equal(code, 2);
    assert.match(stderr, /\nNext: /);
  });

  test("plans, applies, reverts and applies again", async () => {
    await withDatabase(async ({ env }) => {
      const plan = await run(launcher, ["plan"], env);
      assert.equal(plan.code, 0, plan.stderr);
      assert.ok(plan.stdout.includes(NEWEST), plan.stdout);
      const first = await run(launcher, UP, env);
      assert.equal(first.code, 0, first.stderr);
      assert.match((await run(launcher, ["status"], env)).stdout, new RegExp(`${COUNT} applied`));
      const rollback = await run(launcher, ["rollback", "--steps", "2", "--allow-offline"], env);
      assert.equal(rollback.code, 0, rollback.stderr);
      const again = await run(launcher, ["up", "--allow-offline"], env);
      assert.match(again.stdout, /Applied 2 migrations/);
      const idle = await run(launcher, ["up"], env);
      assert.deepEqual([idle.code, idle.stdout], [0, "Nothing pending\n"]);
    });
  });

  test("migrates its embedded database", async () => {
    const { code, stdout, stderr } = await run(launcher, [
      "up",
      "--emulator=migrations/seed.json",
      "--allow-offline",
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`Applied ${COUNT} migrations`));
  });

  test("stops on SIGTERM with exit code 143 and resumes", async () => {
    await withDatabase(async ({ env }) => {
      const { child, ended, stderr } = launch(launcher, [...UP, "--log-format", "json"], { env });
      while (!stderr().includes("lease-acquired")) {
        assert.equal(child.exitCode, null, stderr());
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      // Not `child.kill()`: after it Deno reports a signal, whatever the exit code was.
      process.kill(child.pid ?? 0, "SIGTERM");
      assert.equal((await ended).code, 143);
      const resumed = await run(launcher, UP, env);
      assert.equal(resumed.code, 0, resumed.stderr);
    }, { latencyMs: 20 });
  });
}

async function run(launcher: Launcher, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return await launch(launcher, args, { env }).ended;
}
