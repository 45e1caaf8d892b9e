import { castRunners } from "./_cast.ts";
import type { Focus } from "./_focus.ts";
import { Operator } from "./_operator.ts";
import type { BinaryVersion } from "./_migrations.ts";
import { type Command, Runner } from "./_runner.ts";
import type { Subject } from "./_subject.ts";
import { checkEnd, isAtRest, parkedMigration } from "./_verdict.ts";
import { createWorld, type World } from "./_world.ts";

/** How a schedule went. */
export interface ScheduleResult {
  readonly seed: number;
  /** Promises that were broken, in words; empty when all were kept. */
  readonly violations: readonly string[];
  readonly requests: number;
  readonly virtualMs: number;
  /** Line by line, when it was asked for. */
  readonly trace: readonly string[];
}

/** When nothing fails any more, everything has to be over after this. */
const PATIENCE_MS = 120_000;
/** Each dead runner can leave one late write of the ledger behind that begins something. */
const LAST_ROUNDS = 5;

/**
 * Runs the schedule of a seed: runners among faults, then calm until all are done, then a last `up` until nothing is left to do and nothing is on its way.
 *
 * @returns the same for the same seed, focus and library
 */
export async function runSchedule(
  subject: Subject,
  options: { readonly seed: number; readonly focus: Focus; readonly traced: boolean },
): Promise<ScheduleResult> {
  const trace: string[] = [];
  const runners: Runner[] = [];
  const world = createWorld(subject, {
    ...options,
    onTrace: options.traced ? (line) => trace.push(line) : undefined,
    processFaults: {
      crash: (process) => runners.find((runner) => runner.process === process)?.crash(),
      terminate: (process) => runners.find((runner) => runner.process === process)?.terminate(),
    },
  });
  const { timeline, network, witness, random } = world;
  runners.push(...castRunners(world, options.focus));
  const operator = new Operator(world);
  operator.begin();
  const calmMs = random.between(5_000, 40_000);
  timeline.after(calmMs, () => network.calm());

  await timeline.run({
    limitMs: calmMs + PATIENCE_MS,
    isOver: () => runners.every(({ isOver }) => isOver),
  });
  for (const { isOver, kind } of runners) if (!isOver) witness.report(`${kind} did not come to an end`);
  operator.leave();
  network.calm();
  for (const { process } of runners) process.kill();
  let last = await runLast(world, runners, "second");
  for (let round = 1; round < LAST_ROUNDS && !isAtRest(world); round++) {
    // What the first version began to take back only that can complete.
    last = await runLast(world, runners, round % 2 === 0 ? "second" : "first");
  }
  checkEnd(world, { last, operator });
  const { violations } = witness;
  return { seed: options.seed, violations, requests: network.requests, virtualMs: timeline.nowMs, trace };
}

/** An `up` that nothing disturbs but what is still on its way; afterwards nothing is. What is parked is let go first. */
async function runLast(world: World, runners: Runner[], version: BinaryVersion): Promise<Runner> {
  const parked = parkedMigration(world);
  if (parked !== undefined) {
    await runAlone(world, runners, {
      version,
      command: { kind: "repair", request: { kind: "retry", id: parked } },
    });
  }
  return await runAlone(world, runners, { version, command: { kind: "up" } });
}

async function runAlone(
  world: World,
  runners: Runner[],
  { version, command }: { readonly version: BinaryVersion; readonly command: Command },
): Promise<Runner> {
  const { timeline, network, witness, trace } = world;
  trace(`everybody is gone; a last ${command.kind} follows`);
  const last = new Runner(world, {
    name: `last${runners.length}`,
    init: true,
    last: version,
    command,
    startMs: 0,
  });
  runners.push(last);
  await timeline.run({ limitMs: timeline.nowMs + PATIENCE_MS, isOver: () => last.isOver });
  if (!last.isOver) witness.report(`the last ${command.kind} did not come to an end`);
  last.process.kill();
  await timeline.run({ limitMs: Infinity, isOver: () => network.onTheWay === 0 });
  return last;
}
