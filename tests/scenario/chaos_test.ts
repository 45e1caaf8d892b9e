/** The short form of `deno task chaos`. */
import assert from "node:assert/strict";
import { runChaos } from "../chaos/run_chaos.ts";

Deno.test("up applies each migration exactly once while real processes are killed, paused, stopped and robbed of the lease", async () => {
  const seed = Math.floor(Math.random() * 1e9);
  try {
    const { attacks, strikes, terms } = await runChaos({
      ...{ seed, processes: 5, migrations: 6, documents: 60, attackMs: 12_000 },
    });
    const hits = Object.values(attacks).reduce((sum, count) => sum + count, strikes);
    assert.ok(hits >= 5 && terms >= 2, `${hits} attacks and ${terms} terms show nothing`);
  } catch (error) {
    throw new Error(`Seed ${seed}; the long form: deno task chaos --seed ${seed}`, { cause: error });
  }
});
