/**
 * Document passes against how the peers do it: read everything and upsert everything, or query and replace one by one. All programs are processes of their
 * own, and so is the database; what they are compared by is what the database saw.
 *
 *     deno task bench passes [--only ratios,memory,throttled,cap,ranges,latency] [--keys 1,100]
 *       [--documents 100000] [--one-by-one-documents 100000] [--large 1000000]
 *       [--throttled-documents 40000] [--cap-documents 5000]
 *
 * Prints figures, targets and whether they are met, those of each section also as soon as they are there; exits with 4 when one is not.
 *
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundleProgram } from "../lib/authoring/bundle.ts";
import { hostTarget } from "../lib/authoring/compile_target.ts";
import { v8Flags, writeDenoProgram } from "../lib/authoring/deno_executable.ts";
import { HEAP_FLAGS } from "../lib/authoring/heap_flags.ts";
import { buildNodeExecutable } from "../lib/authoring/node_executable.ts";
import { type Figure, report, tableOf, within } from "./figures.ts";
import { type Measured, type Program, runProgram, script, tool } from "./passes/run_program.ts";
import type { Spent } from "./passes/database.ts";

const RANGES = 8;
const LATENCY_MS = 5;
const SMALL = 50_000;
const TURNS = 5;
const CAP = 400;
const RU_PER_SECOND_AND_RANGE = 4_000;

/** How much to measure. */
interface Scale {
  readonly documents: number;
  /** For the slowest baseline; its time and requests are scaled up to `documents`. */
  readonly oneByOneDocuments: number;
  readonly large: number;
  readonly throttledDocuments: number;
  readonly capDocuments: number;
  readonly documentsPerKey: number;
}

const SECTIONS: Readonly<Record<string, (scale: Scale) => Promise<readonly Figure[]>>> = {
  ratios: measureRatios,
  latency: measureLatency,
  ranges: measureRanges,
  throttled: measureThrottled,
  cap: measureCap,
  memory: measureMemory,
};

/** Measures and prints. */
export async function measurePasses(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string", default: Object.keys(SECTIONS).join() },
      keys: { type: "string", default: "1,100" },
      documents: { type: "string", default: "100000" },
      "one-by-one-documents": { type: "string" },
      large: { type: "string", default: "1000000" },
      "throttled-documents": { type: "string", default: "40000" },
      "cap-documents": { type: "string", default: "5000" },
    },
  });
  const figures: Figure[] = [];
  for (const documentsPerKey of values.keys.split(",").map(Number)) {
    for (const name of values.only.split(",")) {
      const section = SECTIONS[name];
      if (section === undefined) throw new RangeError(`Sections: ${Object.keys(SECTIONS).join()}`);
      const measured = await section({
        documents: Number(values.documents),
        oneByOneDocuments: Number(values["one-by-one-documents"] ?? values.documents),
        large: Number(values.large),
        throttledDocuments: Number(values["throttled-documents"]),
        capDocuments: Number(values["cap-documents"]),
        documentsPerKey,
      });
      const keys = documentsPerKey === 1 ? "a key each" : `${documentsPerKey} a key`;
      const named = measured.map((figure) => ({ ...figure, what: `${figure.what} (${keys})` }));
      figures.push(...named);
      process.stderr.write(`${tableOf(named)}\n`);
    }
  }
  report(figures);
}

/** Time, request units and requests, by each baseline. */
async function measureRatios(
  { documents, documentsPerKey, oneByOneDocuments }: Scale,
): Promise<readonly Figure[]> {
  const options = { documents, documentsPerKey, partitions: RANGES, latencyMs: LATENCY_MS };
  const own = await runProgram(tool(), options);
  const upsertAll = await runProgram(script("_baseline.ts", "upsert-all"), options);
  const bulkAll = await runProgram(script("_baseline.ts", "bulk-all"), options);
  const oneByOne = scaled(
    await runProgram(script("_baseline.ts", "one-by-one"), { ...options, documents: oneByOneDocuments }),
    documents / oneByOneDocuments,
  );
  const [wall, requestUnits, requests] = [
    ({ wallMs }: Measured) => wallMs,
    ({ seen }: Measured) => seen.requestUnits,
    ({ seen }: Measured) => seen.requests,
  ];
  const told = (name: string, measured: Measured): Figure => ({
    what: name,
    target: "",
    measured: `${(measured.wallMs / 1_000).toFixed(1)} s, ${Math.round(requestUnits(measured))} RU, ` +
      `${requests(measured)} requests, ${measured.peakMegabytes.toFixed(0)} MB`,
    ok: true,
  });
  const ratio = (of: (measured: Measured) => number, baseline: Measured) => of(own) / of(baseline);
  return [
    told("cosmig up", own),
    told("a: read all, upsert all, 100 at a time", upsertAll),
    told("a in bulk requests", bulkAll),
    told("b: query, replace one by one", oneByOne),
    within("time, of a", ratio(wall, upsertAll), { most: 0.333 }),
    within("RU, of a", ratio(requestUnits, upsertAll), { most: 0.6 }),
    within("requests, of a", ratio(requests, upsertAll), { most: 0.2, digits: 3 }),
    within("time, of a in bulk requests", ratio(wall, bulkAll), {}),
    within("requests, of a in bulk requests", ratio(requests, bulkAll), { digits: 3 }),
    within("time, of b", ratio(wall, oneByOne), {}),
    within("RU, of b", ratio(requestUnits, oneByOne), {}),
    within("requests, of b", ratio(requests, oneByOne), { digits: 3 }),
  ];
}

/** What a run that is so many times as large would have shown. */
function scaled(measured: Measured, factor: number): Measured {
  const { wallMs, seen } = measured;
  return {
    ...measured,
    wallMs: wallMs * factor,
    seen: { ...seen, requests: seen.requests * factor, requestUnits: seen.requestUnits * factor },
  };
}

/** Of the tool as it is shipped: packed. From sources the runtime's own compiler and module graph would be measured, too. */
async function measureMemory({ documentsPerKey, large }: Scale): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), "cosmig-bench-"));
  try {
    const entry = fileURLToPath(new URL("./passes/_tool.ts", import.meta.url));
    const built = await bundleProgram(entry, { commit: null });
    const executable = join(folder, "tool");
    await buildNodeExecutable(built, {
      target: hostTarget(),
      output: executable,
      permissions: { read: ["*"], write: [] },
      warmUp: undefined,
    });
    // What an executable of Deno is made of; its runtime is not on every machine.
    const { main } = await writeDenoProgram(built, { folder });
    const onDeno: Program = [
      process.execPath,
      "run",
      "-A",
      "--no-config",
      v8Flags(HEAP_FLAGS),
      join(folder, main),
    ];
    return [
      ...await comparePeaks([executable], { name: "Node executable", documentsPerKey, large }),
      ...await comparePeaks(onDeno, { name: "packed for Deno", documentsPerKey, large }),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function comparePeaks(
  launcher: Program,
  { name, documentsPerKey, large }: Pick<Scale, "documentsPerKey" | "large"> & { readonly name: string },
): Promise<readonly Figure[]> {
  const peakAt = async (documents: number) =>
    (await runProgram(tool([], launcher), {
      ...{ documents, documentsPerKey, partitions: RANGES, latencyMs: 0 },
    })).peakMegabytes;
  const few = await peakAt(Math.min(SMALL, large));
  const many = await peakAt(large);
  return [
    within(`${name}: peak RSS at ${large} documents`, many, { most: 200, unit: " MB", digits: 0 }),
    within(`${name}: peak RSS, of that at ${SMALL}`, many / few, { most: 1.15 }),
  ];
}

async function measureThrottled(
  { documentsPerKey, throttledDocuments: documents }: Scale,
): Promise<readonly Figure[]> {
  const partitions = 4;
  const throughput = partitions * RU_PER_SECOND_AND_RANGE;
  const { seen, passMs } = await runProgram(
    tool(),
    { documents, documentsPerKey, partitions, latencyMs: LATENCY_MS, throughput },
  );
  return [
    within("throttled: RU/s, of the provisioned", totalOf(seen.spent) / (passMs / 1_000) / throughput, {
      least: 0.9,
    }),
    within("throttled: answers with 429", seen.throttled, { least: 1, digits: 0 }),
  ];
}

async function measureCap({ documentsPerKey, capDocuments: documents }: Scale): Promise<readonly Figure[]> {
  const { seen } = await runProgram(
    tool(["--ru-limit", String(CAP)]),
    { documents, documentsPerKey, partitions: RANGES, latencyMs: LATENCY_MS },
  );
  const { spent, passStartedMs: startMs } = seen;
  const passMs = (spent.at(-1)?.[0] ?? startMs) - startMs;
  let total = 0;
  let page = 0;
  let over = 0;
  for (const [atMs, requestUnits] of spent) {
    total += requestUnits;
    page = Math.max(page, requestUnits);
    over = Math.max(over, total - CAP * (atMs - startMs) / 1_000);
  }
  return [
    within(`--ru-limit ${CAP}: mean RU/s`, total / (passMs / 1_000), { least: CAP * 0.95, most: CAP }),
    within(`--ru-limit ${CAP}: over it, in pages`, over / page, { most: 1 }),
  ];
}

async function measureRanges({ documents, documentsPerKey }: Scale): Promise<readonly Figure[]> {
  // Few keys fall unevenly on the ranges, and the fullest of them is what takes time.
  const share = documentsPerKey === 1 ? 20 : 5;
  const options = { documents: documents / share, documentsPerKey, latencyMs: 20 };
  const program = script("_one_at_a_time.ts");
  const [one, four] = await takeTurns(
    () => runProgram(program, { ...options, partitions: 1 }),
    () => runProgram(program, { ...options, partitions: 4 }),
  );
  return [within("4 ranges, one request in flight each, 20 ms: faster than 1", one / four, { least: 3 })];
}

async function measureLatency({ documents, documentsPerKey }: Scale): Promise<readonly Figure[]> {
  const options = { documents, documentsPerKey, partitions: RANGES };
  const [slow, quick] = await takeTurns(
    () => runProgram(tool(), { ...options, latencyMs: LATENCY_MS }),
    () => runProgram(tool(), { ...options, latencyMs: 0 }),
  );
  return [within("throughput at 5 ms latency, of that at 0 ms", quick / slow, { least: 0.8 })];
}

/** The median pass of each in milliseconds. They take turns, so that a busy machine is equally busy for both. */
async function takeTurns(
  left: () => Promise<Measured>,
  right: () => Promise<Measured>,
): Promise<readonly [leftMs: number, rightMs: number]> {
  const [lefts, rights]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < TURNS; turn++) {
    lefts.push((await left()).passMs);
    rights.push((await right()).passMs);
  }
  return [medianOf(lefts), medianOf(rights)];
}

/** Of an odd number of values. */
function medianOf(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? NaN;
}

function totalOf(spent: readonly Spent[]): number {
  return spent.reduce((total, [, requestUnits]) => total + requestUnits, 0);
}
