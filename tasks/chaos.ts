/**
 * Real processes under attack, for as long as it is told; a seed decides what happens to them, not when they get to run.
 *
 *     deno task chaos [--seed N] [--processes N] [--migrations N] [--documents N] [--for SECONDS] [--verbose]
 *
 * Many processes race through many migrations while they are killed, stopped, asked to stop and robbed of the lease; see `tests/chaos/run_chaos.ts`. 20 processes,
 * 60 migrations, 200 documents and 120 s where nothing is said.
 *
 *     deno task chaos --rebuild [--seed N] [--documents N] [--attacks N] [--verbose]
 *
 * A container is rebuilt, there and back, while its processes are killed and stopped; see `tests/chaos/rebuild.ts`. 20 000 documents and 30 attacks where nothing
 * is said.
 *
 * Ends with 1 and the seed when a promise was broken.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import process from "node:process";
import { parseArgs } from "node:util";
import { runRebuildChaos } from "../tests/chaos/rebuild.ts";
import { runChaos } from "../tests/chaos/run_chaos.ts";

const { values } = parseArgs({
  options: {
    rebuild: { type: "boolean", default: false },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1e9)) },
    processes: { type: "string", default: "20" },
    migrations: { type: "string", default: "60" },
    documents: { type: "string" },
    for: { type: "string", default: "120" },
    attacks: { type: "string", default: "30" },
    verbose: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed);
const onProgress = values.verbose ? console.log : undefined;

try {
  await (values.rebuild ? attackRebuild() : attackMany());
} catch (error) {
  console.error(error);
  console.error(`failed; again with: deno task chaos ${values.rebuild ? "--rebuild " : ""}--seed ${seed}`);
  process.exitCode = 1;
}

async function attackMany(): Promise<void> {
  const [processes, migrations, seconds] = [values.processes, values.migrations, values.for].map(Number) as [
    number,
    number,
    number,
  ];
  const documents = Number(values.documents ?? 200);
  console.log(
    `seed ${seed}: ${processes} processes, ${migrations} migrations, ${documents} documents, ${seconds} s`,
  );
  const report = await runChaos({
    ...{ seed, processes, migrations, documents, attackMs: seconds * 1_000 },
    onProgress,
  });
  console.log(
    `${report.started} processes were started, ${report.requests} requests, ${report.terms} terms, ${
      inSeconds(report.tookMs)
    }`,
  );
  console.log("attacks:", report.attacks, "and", report.strikes, "between a write and its answer");
  console.log("exits:  ", report.exits);
  console.log(
    `each of ${migrations} migrations took effect exactly once; ${
      report.begins - migrations
    } were begun again after an attack`,
  );
}

async function attackRebuild(): Promise<void> {
  const [documents, attacks] = [values.documents ?? 20_000, values.attacks].map(Number) as [number, number];
  console.log(`seed ${seed}: a rebuild of ${documents} documents, ${attacks} attacks`);
  const report = await runRebuildChaos({ seed, documents, attacks, onProgress });
  console.log(
    `${report.processes} processes were started, ${report.requests} requests, ${inSeconds(report.tookMs)}`,
  );
  console.log("attacks:", report.attacks, "in", report.states);
  console.log(
    `${report.rebuilds} rebuilds there and back came to their end; all ${documents} documents were in full in one container at each of ${report.checks} looks`,
  );
}

function inSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
