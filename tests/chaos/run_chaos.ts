/**
 * Real processes of the real tool against one embedded database, while they are killed, paused, asked to stop and robbed of their lease, and while the
 * database throttles, loses answers, delivers late and drops connections. Owns the attack; what has to hold afterwards is in `check_trail.ts`.
 *
 * Everything random comes from one seed. What the seed does not decide is when the processes get to run, so a seed that fails need not fail again.
 *
 * @module
 */
import assert from "node:assert/strict";
import process from "node:process";
import { sleep, systemClock } from "../../lib/base/clock.ts";
import type { JsonObject } from "../../lib/base/json.ts";
import type { FaultRule } from "../../lib/emulator/mod.ts";
import { randomStream } from "../../lib/emulator/random.ts";
import { type Ended, runTool, startTool, type ToolProcess } from "../support/tool_process.ts";
import { assertExactlyOnce, type Fate } from "./check_trail.ts";
import { DatabaseProcess } from "./database_process.ts";
import { hurriedEnvironment, LEASE_MS } from "./_hurried.ts";

const MAIN = "tests/chaos/_main.ts";
/** More than any attack sends. */
const MOST_REQUESTS = 50_000;

/** How much chaos. */
export interface ChaosOptions {
  readonly seed: number;
  readonly processes: number;
  readonly migrations: number;
  readonly documents: number;
  /** The attack ends then, or when everything is applied; the processes may finish afterwards. */
  readonly attackMs: number;
  readonly onProgress?: ((line: string) => void) | undefined;
}

/** What was done, and what came of it; thrown errors say what did not hold. */
export interface ChaosReport {
  readonly tookMs: number;
  readonly started: number;
  readonly requests: number;
  /** How often each attack hit a process. */
  readonly attacks: Readonly<Record<Attack, number>>;
  /** How often a process was killed or stopped between a write and its answer. */
  readonly strikes: number;
  /** How often processes ended with each code, or by SIGKILL. */
  readonly exits: Readonly<Record<string, number>>;
  readonly terms: number;
  /** Begins of migrations; those above their number were done again. */
  readonly begins: number;
}

type Attack = "SIGKILL" | "SIGSTOP" | "SIGTERM" | "force-release";

/** Exit codes of a process that was under attack: done, try again later, interrupted. */
const ALLOWED_CODES = [0, 75, 143];

/**
 * Runs it to the end.
 *
 * @throws {AssertionError} when a migration did not take effect exactly once, a process ended with a code that it should not, or nothing was attacked
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const startedMs = systemClock.monotonicMs();
  await using database = new DatabaseProcess({
    seed: seedOf(options),
    rules: faultRules(options.seed),
    strikes: { seed: options.seed, every: 12, stoppedMs: LEASE_MS + 300 },
    latencyMs: 15,
    partitions: 2,
  });
  const { connectionString } = await database.report();
  await using crowd = new Crowd(database, { ...options, connectionString });
  await crowd.attack();
  const unfired = await database.calm();
  await crowd.finish();

  const last = await crowd.once(["up"]);
  assert.deepEqual([last.code, last.stdout], [0, "Nothing pending\n"], last.stderr);
  const checked = await crowd.once(["status", "--check"]);
  assert.equal(checked.code, 0, checked.stdout + checked.stderr);

  const report = await database.report();
  const struck = new Set(report.strikes.map(({ pid }) => pid));
  const fates = crowd.fates.map((fate) => ({
    ...fate,
    wasDisturbed: fate.wasDisturbed || struck.has(fate.pid),
  }));
  assertExactlyOnce(report, { migrations: options.migrations, fates });
  assert.deepEqual(unfired, [], "faults that no request has met");
  return {
    tookMs: systemClock.monotonicMs() - startedMs,
    started: crowd.fates.length,
    requests: report.requestCount,
    attacks: crowd.attacks,
    strikes: report.strikes.length,
    exits: crowd.exits,
    terms: Number(report.lease?.["term"]),
    begins: report.log.length,
  };
}

/** The processes, as many at a time as were asked for. */
class Crowd implements AsyncDisposable {
  readonly #database: DatabaseProcess;
  readonly #options: ChaosOptions & { readonly connectionString: string };
  readonly #random: () => number;
  readonly #running = new Map<
    number,
    { readonly tool: ToolProcess; wasDisturbed: boolean; isStopped: boolean }
  >();
  readonly fates: Fate[] = [];
  readonly attacks: Record<Attack, number> = { "SIGKILL": 0, "SIGSTOP": 0, "SIGTERM": 0, "force-release": 0 };
  readonly exits: Record<string, number> = {};
  readonly #wrong: string[] = [];
  #isOver = false;

  constructor(database: DatabaseProcess, options: ChaosOptions & { readonly connectionString: string }) {
    this.#database = database;
    this.#options = options;
    this.#random = randomStream(options.seed);
  }

  /** Starts processes and hits them, until the time is over or everything is applied. */
  async attack(): Promise<void> {
    const untilMs = systemClock.monotonicMs() + this.#options.attackMs;
    const resumptions: Promise<void>[] = [];
    while (systemClock.monotonicMs() < untilMs && this.#wrong.length === 0) {
      while (this.#running.size < this.#options.processes) this.#start();
      await sleep(systemClock, { ms: 300 + this.#random() * 1_000 });
      const lease = await this.#database.lease();
      if (await this.#isDone(lease)) break;
      const resumption = this.#hit(lease);
      if (resumption !== undefined) resumptions.push(resumption);
    }
    this.#isOver = true;
    await Promise.all(resumptions);
    this.#assertAllRight();
  }

  /** Lets everything that runs end, and one more process do what is left. */
  async finish(): Promise<void> {
    const last = await this.once(["up", "--init"]);
    assert.equal(last.code, 0, last.stderr);
    await Promise.all([...this.#running.values()].map(({ tool }) => tool.ended));
    this.#assertAllRight();
  }

  /** Leaves nothing behind, whatever failed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    for (const pid of this.#running.keys()) send(pid, "SIGKILL");
    await Promise.all([...this.#running.values()].map(({ tool }) => tool.ended));
  }

  /** Runs the tool to its end, unharmed. */
  async once(args: readonly string[]): Promise<Ended> {
    return await runTool(args, { main: MAIN, env: this.#environment() });
  }

  #start(): void {
    const kind = this.#random();
    const args = kind < 0.8
      ? ["up", "--init"]
      : kind < 0.9
      ? ["wait", "--timeout", "60s"]
      : ["wait", "--promote"];
    const tool = startTool(args, { main: MAIN, env: this.#environment() });
    const { pid } = tool.child;
    if (pid === undefined) throw new Error("The tool could not be started");
    const entry = { tool, wasDisturbed: false, isStopped: false };
    this.#running.set(pid, entry);
    tool.ended.then(({ code, signal, stderr }) => {
      this.#running.delete(pid);
      this.fates.push({ pid, wasDisturbed: entry.wasDisturbed, code });
      const end = signal ?? String(code);
      this.exits[end] = (this.exits[end] ?? 0) + 1;
      // SIGTERM ends a process that is not listening yet.
      if (signal === "SIGKILL" || signal === "SIGTERM" || (code !== null && ALLOWED_CODES.includes(code))) {
        return;
      }
      this.#wrong.push(`"${args.join(" ")}" ended with ${end}:\n${stderr}`);
    });
  }

  /** Hits somebody, more often than not the holder. @returns ends when what was paused goes on */
  #hit(lease: JsonObject | null): Promise<void> | undefined {
    const holder = Object(lease?.["holder"])["pid"];
    const pids = [...this.#running.keys()].filter((pid) => !this.#running.get(pid)?.isStopped);
    const pid = pids.includes(holder) && this.#random() < 0.5
      ? holder
      : pids[Math.floor(this.#random() * pids.length)];
    const entry = this.#running.get(pid);
    if (entry === undefined) return undefined;
    const dice = this.#random();
    const attack: Attack = dice < 0.35
      ? "SIGKILL"
      : dice < 0.6
      ? "SIGSTOP"
      : dice < 0.85
      ? "SIGTERM"
      : "force-release";
    this.#options.onProgress?.(`${attack} ${pid}${pid === holder ? ", the holder" : ""}`);
    this.attacks[attack]++;
    if (attack === "force-release") return this.#robHolder(lease);
    entry.wasDisturbed = true;
    send(pid, attack);
    if (attack !== "SIGSTOP") return undefined;
    entry.isStopped = true;
    return sleep(systemClock, { ms: LEASE_MS + 500 + this.#random() * 2_000 }).then(() => {
      entry.isStopped = false;
      send(pid, "SIGCONT");
    });
  }

  async #robHolder(lease: JsonObject | null): Promise<void> {
    if (lease === null) return;
    const holder = this.#running.get(Object(lease["holder"])["pid"]);
    if (holder !== undefined) holder.wasDisturbed = true;
    const ended = await this.once(["lock", "release", "--term", String(lease["term"]), "--reason", "chaos"]);
    // Done, refused as somebody else has it by now, the service did not answer, or it was struck itself.
    if (ended.code !== null && ![0, 3, 75].includes(ended.code)) {
      this.#wrong.push(`"lock release":\n${ended.stderr}`);
    }
  }

  async #isDone(lease: JsonObject | null): Promise<boolean> {
    const sequence = lease?.["sequence"];
    if (sequence !== this.#options.migrations) return false;
    const { ledgerWrites } = await this.#database.report();
    return ledgerWrites.filter(({ status }) => status === "applied").length >= this.#options.migrations;
  }

  #assertAllRight(): void {
    assert.deepEqual(this.#wrong, []);
    assert.ok(this.#isOver);
  }

  #environment(): Record<string, string> {
    return {
      CHAOS_MIGRATIONS: String(this.#options.migrations),
      ...hurriedEnvironment(this.#options.connectionString),
      COSMIG_PAGE_SIZE: "10",
    };
  }
}

/** Not by the handle of the process, which takes the signal that it sent for the reason of every later end. A process may be gone already. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone.
  }
}

function seedOf({ documents }: ChaosOptions) {
  const audit = Array.from({ length: documents }, (_, index) => ({ id: `d${index}`, version: 0, trail: [] }));
  return {
    database: "shop",
    containers: {
      Audit: { partitionKey: "/id", documents: audit },
      Log: { partitionKey: "/id", documents: [] },
    },
  };
}

/**
 * Each fault hits requests at positions that the seed decides; no two begin with the same one. A delay beyond the request timeout of 600 ms delivers a request after
 * its sender gave up; it stays below the settle time.
 */
function faultRules(seed: number): FaultRule[] {
  const faults: readonly (readonly [name: string, every: number, then: FaultRule["then"]])[] = [
    ["throttled", 50, { kind: "answer", status: 429, retryAfterMs: 50 }],
    ["unavailable", 100, { kind: "answer", status: 503 }],
    ["lost before", 100, { kind: "drop", moment: "before-commit" }],
    ["lost after", 50, { kind: "drop", moment: "after-commit" }],
    ["truncated", 100, { kind: "truncate" }],
    ["slow", 100, { kind: "delay", delayMs: 300 }],
    ["late", 200, { kind: "delay", delayMs: 900 }],
  ];
  const random = randomStream(seed);
  return faults.map(([name, every, then], index) => {
    const nth: number[] = [];
    let at = 4 * index + 1 + Math.floor(random() * 4);
    for (; at < MOST_REQUESTS; at += 1 + Math.floor(random() * 2 * every)) nth.push(at);
    return { name, when: { resource: "document", nth }, then };
  });
}
