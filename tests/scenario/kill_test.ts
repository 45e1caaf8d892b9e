/**
 * Kills the real process after a request of a run, and lets another one finish: the end is that of an undisturbed run, whichever request it was.
 *
 * Every seventh request, every request to the ledger and every change of a container; with COSMIG_KILL_EVERY=1 every single one.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { type Emulator, parseSeed, type Seed, startEmulator } from "../../lib/emulator/mod.ts";
import { runTool, startTool } from "../support/tool_process.ts";

const EVERY = Number(process.env["COSMIG_KILL_EVERY"] ?? "7");
const PARALLEL = 3;
const LEDGER = "__migrations";
/** One of the samples needs stopped writers. */
const UP = ["up", "--init", "--allow-offline"];
const LEASE_MS = 30_000;

const seed = parseSeed(
  JSON.parse(await readFile(new URL("../../migrations/seed.json", import.meta.url), "utf8")),
);

function environment(emulator: Emulator): Record<string, string> {
  return {
    CosmosDb__ConnectionString: emulator.connectionString,
    CosmosDb__DatabaseName: seed.database ?? "",
    COSMIG_REQUEST_TIMEOUT: "1s",
    COSMIG_SETTLE: "1s",
  };
}

/** Documents and settings of all containers, and of the ledger what a user sees. */
function endState(emulator: Emulator): unknown {
  const { containers } = emulator.store.snapshot();
  const { [LEDGER]: ledger, ...others } = containers;
  const records = (ledger?.documents ?? []).filter(({ type }) => type === "migration")
    .map(({ id, status, sequence, checksums, steps }) => ({
      id,
      status,
      sequence,
      checksums,
      steps: (steps as readonly { key: string; status: string }[]).map(({ key, status }) => ({
        key,
        status,
      })),
    }));
  const leftovers = (ledger?.documents ?? []).filter(({ type }) => type === "checkpoint").map(({ id }) => id);
  return { others: sorted(others), records, leftovers };
}

function sorted(containers: Seed["containers"]): unknown {
  return Object.fromEntries(
    Object.entries(containers).map(([name, container]) => [name, {
      ...container,
      documents: [...container.documents ?? []].sort((left, right) =>
        String(left["id"]) < String(right["id"]) ? -1 : 1
      ),
    }]),
  );
}

async function undisturbed(): Promise<{ state: unknown; requests: number; decisive: ReadonlySet<number> }> {
  await using emulator = await startEmulator({ seed });
  const ended = await runTool(UP, { env: environment(emulator) });
  assert.equal(ended.code, 0, ended.stderr);
  const decisive = emulator.requests.entries.filter(({ path, method }) =>
    path.includes(LEDGER) || (method !== "GET" && /\/colls(\/[^/]+)?$/.test(path))
  );
  return {
    state: endState(emulator),
    requests: emulator.requests.count,
    decisive: new Set(decisive.map(({ n }) => n)),
  };
}

/** Kills a run when the request has taken effect, before its answer is sent. */
async function killAfter(n: number): Promise<{ emulator: Emulator; killed: boolean }> {
  const emulator = await startEmulator({ seed });
  const run = startTool(UP, { env: environment(emulator) });
  const stop = emulator.onRequest({
    afterCommit: async (request) => {
      if (request.n !== n) return;
      run.child.kill("SIGKILL");
      await run.ended;
      return { kind: "drop", moment: "after-commit" };
    },
  });
  const { signal } = await run.ended;
  stop();
  return { emulator, killed: signal === "SIGKILL" };
}

Deno.test("up resumes after SIGKILL, whichever request the process died after", async (test) => {
  const expected = await undisturbed();
  assert.ok(expected.requests > 30, `a run of only ${expected.requests} requests shows nothing`);
  const points = Array.from({ length: expected.requests }, (_, index) => index + 1)
    .filter((n) => n % EVERY === 0 || expected.decisive.has(n));

  let kills = 0;
  const check = async (n: number) => {
    const { emulator, killed } = await killAfter(n);
    await using _ = emulator;
    if (killed) kills++;
    emulator.store.advanceClock(LEASE_MS + 10_000);
    const resumed = await runTool(UP, { env: environment(emulator) });
    assert.equal(resumed.code, 0, `killed after request ${n}: ${resumed.stderr}`);
    assert.deepEqual(endState(emulator), expected.state, `killed after request ${n}`);
  };
  const queue = points.values();
  await test.step(`${points.length} of ${expected.requests} requests`, async () => {
    await Promise.all(Array.from({ length: PARALLEL }, async () => {
      for (const n of queue) await check(n);
    }));
  });
  assert.ok(kills >= points.length * 0.9, `only ${kills} of ${points.length} runs were killed`);
});
