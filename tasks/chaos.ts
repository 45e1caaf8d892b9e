/**
 * Real processes under attack; see `tests/chaos/run_chaos.ts`.
 *
 *     deno task chaos [--seed N] [--processes N] [--migrations N] [--documents N] [--for SECONDS] [--verbose]
 *
 * @module
 */
// deno-lint-ignore-file no-console
import process from "node:process";
import { parseArgs } from "node:util";
import { runChaos } from "../tests/chaos/run_chaos.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Math.floor(Math.random() * 1e9)) },
    processes: { type: "string", default: "20" },
    migrations: { type: "string", default: "60" },
    documents: { type: "string", default: "200" },
    for: { type: "string", default: "120" },
    verbose: { type: "boolean", default: false },
  },
});
const [seed, processes, migrations, documents, seconds] = [
  values.seed,
  values.processes,
  values.migrations,
  values.documents,
  values.for,
].map(Number) as [number, number, number, number, number];

console.log(
  `seed ${seed}: ${processes} processes, ${migrations} migrations, ${documents} documents, ${seconds} s`,
);
try {
  const report = await runChaos({
    ...{ seed, processes, migrations, documents, attackMs: seconds * 1_000 },
    onProgress: values.verbose ? console.log : undefined,
  });
  console.log(
    `${report.started} processes were started, ${report.requests} requests, ${report.terms} terms, ${
      (report.tookMs / 1_000).toFixed(1)
    } s`,
  );
  console.log("attacks:", report.attacks, "and", report.strikes, "between a write and its answer");
  console.log("exits:  ", report.exits);
  console.log(
    `each of ${migrations} migrations took effect exactly once; ${
      report.begins - migrations
    } were begun again after an attack`,
  );
} catch (error) {
  console.error(error);
  console.error(`failed; again with: deno task chaos --seed ${seed}`);
  process.exitCode = 1;
}
