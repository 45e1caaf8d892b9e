/**
 * A rebuild by real processes that are killed and stopped at random requests. A checker looks whenever something could have been taken away, and at every
 * attack, that all documents are in full in at least one container.
 *
 * Rebuilds, rolls back and rebuilds again, until the attacks are used up; then lets the last one come to its end, and verifies it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import process from "node:process";
import { sleep, systemClock } from "../../lib/base/clock.ts";
import { canonicalJson, type JsonObject } from "../../lib/base/json.ts";
import { type Emulator, type ObservedRequest, startEmulator } from "../../lib/emulator/mod.ts";
import { randomStream } from "../../lib/emulator/random.ts";
import { runTool } from "../support/tool_process.ts";
import { hurriedEnvironment, LEASE_MS } from "./_hurried.ts";

const MAIN = "tests/chaos/_rebuild_main.ts";
const LEDGER = "__migrations";
/** Of an undisturbed process, that is; the next attack comes after some of them. */
const REQUESTS_BETWEEN_ATTACKS = 80;
/** Done, try again later, interrupted. */
const ALLOWED_CODES = [0, 75];

/** How much chaos. */
export interface RebuildChaosOptions {
  readonly seed: number;
  readonly documents: number;
  readonly attacks: number;
  readonly onProgress?: ((line: string) => void) | undefined;
}

/** What was done; thrown errors say what did not hold. */
export interface RebuildChaosReport {
  readonly tookMs: number;
  readonly attacks: Readonly<Record<Attack, number>>;
  /** States of a rebuild that a process was hit in, by how often. */
  readonly states: Readonly<Record<string, number>>;
  /** Looks for documents that are in no container. */
  readonly checks: number;
  readonly processes: number;
  readonly requests: number;
  /** Rebuilds that came to their end, there or back. */
  readonly rebuilds: number;
}

type Attack = "SIGKILL" | "SIGSTOP";

/**
 * Runs it to the end.
 *
 * @throws {AssertionError} when a document was in no container in full, a process ended as it should not, or the end is not as declared
 */
export async function runRebuildChaos(options: RebuildChaosOptions): Promise<RebuildChaosReport> {
  const startedMs = systemClock.monotonicMs();
  const documents = Array.from({ length: options.documents }, (_, n): JsonObject => ({
    id: `order-${n}`,
    customer: `c${n % 97}`,
    number: `2024-${n}`,
    lines: [{ sku: `s${n % 31}`, amount: n % 7 }],
  }));
  const emulator = await startEmulator({
    latencyMs: 1,
    partitions: 2,
    seed: { database: "shop", containers: { Orders: { partitionKey: "/customer", documents } } },
  });
  try {
    const chaos = new RebuildChaos(emulator, { ...options, contents: contentsOf(documents) });
    return { ...await chaos.run(), tookMs: systemClock.monotonicMs() - startedMs };
  } finally {
    await emulator.close();
  }
}

class RebuildChaos {
  readonly #emulator: Emulator;
  readonly #options: RebuildChaosOptions & { readonly contents: Contents };
  readonly #random: () => number;
  readonly #wrong: string[] = [];
  readonly #attacks: Record<Attack, number> = { "SIGKILL": 0, "SIGSTOP": 0 };
  readonly #states: Record<string, number> = {};
  #checks = 0;
  #processes = 0;
  #rebuilds = 0;
  #untilAttack: number;

  constructor(emulator: Emulator, options: RebuildChaosOptions & { readonly contents: Contents }) {
    this.#emulator = emulator;
    this.#options = options;
    this.#random = randomStream(options.seed);
    this.#untilAttack = this.#draw();
  }

  async run(): Promise<Omit<RebuildChaosReport, "tookMs">> {
    this.#emulator.onRequest({
      before: (request) => this.#attackBefore(request),
      afterCommit: (request) => this.#afterCommit(request),
    });
    const ways = [["up", "--init", "--allow-offline"], ["rollback", "--all", "--allow-offline"]];
    for (let round = 0; this.#isAttacking || round % 2 === 1; round++) {
      await this.#toTheEnd(ways[round % 2]!);
      this.#rebuilds++;
      this.#options.onProgress?.(`${ways[round % 2]![0]} came to its end, ${this.#total} attacks so far`);
      this.#verify(round % 2 === 0 ? ["/number"] : undefined);
    }
    return {
      attacks: this.#attacks,
      states: this.#states,
      checks: this.#checks,
      processes: this.#processes,
      requests: this.#emulator.requests.count,
      rebuilds: this.#rebuilds,
    };
  }

  /** Two processes at a time, as two pods would: one waits for the lease of the other. */
  async #toTheEnd(args: readonly string[]): Promise<void> {
    let isOver = false;
    const replace = async () => {
      while (!isOver) {
        this.#processes++;
        const { code, signal, stderr } = await runTool(args, {
          main: MAIN,
          env: hurriedEnvironment(this.#emulator.connectionString),
        });
        if (code === 0) isOver = true;
        else if (signal !== "SIGKILL" && !(code !== null && ALLOWED_CODES.includes(code))) {
          this.#wrong.push(`"${args.join(" ")}" ended with ${code ?? signal}:\n${stderr}`);
        }
        assert.deepEqual(this.#wrong, []);
      }
    };
    await Promise.all(args[0] === "up" ? [replace(), replace()] : [replace()]);
  }

  get #total(): number {
    return this.#attacks.SIGKILL + this.#attacks.SIGSTOP;
  }

  get #isAttacking(): boolean {
    return this.#total < this.#options.attacks;
  }

  #draw(): number {
    return 1 + Math.floor(this.#random() * 2 * REQUESTS_BETWEEN_ATTACKS);
  }

  #attackBefore(request: ObservedRequest): void {
    // Whoever waits for the lease reads the ledger all the time.
    if (request.container === LEDGER && request.operation !== "batch") return;
    if (!this.#isAttacking || pidOf(request) === 0 || --this.#untilAttack > 0 || this.#random() < 0.5) return;
    this.#hit(pidOf(request));
  }

  #afterCommit(request: ObservedRequest): void {
    const { resource, operation, container, body } = request;
    const takesAway = resource === "container" && operation === "delete" ||
      operation === "bulk" && container !== LEDGER && /"operationType":"(?!Create)/.test(body);
    if (takesAway) this.#check(`request ${request.n}`);
    if (this.#isAttacking && this.#untilAttack <= 0 && pidOf(request) !== 0) this.#hit(pidOf(request));
  }

  #hit(pid: number): void {
    this.#untilAttack = this.#draw();
    const attack: Attack = this.#random() < 0.7 ? "SIGKILL" : "SIGSTOP";
    const state = this.#state();
    this.#attacks[attack]++;
    this.#states[state] = (this.#states[state] ?? 0) + 1;
    this.#options.onProgress?.(`${attack} ${pid} in ${state}`);
    send(pid, attack);
    this.#check(`${attack} in ${state}`);
    // Its requests that are on their way, and what it does before it notices, come when another one has the lease.
    const stoppedMs = LEASE_MS + 500 + this.#random() * 2_000;
    if (attack === "SIGSTOP") sleep(systemClock, { ms: stoppedMs }).then(() => send(pid, "SIGCONT"));
  }

  #state(): string {
    if (!this.#emulator.store.containers().includes(LEDGER)) return "before";
    const record = this.#emulator.store.documents(LEDGER).find(({ type }) => type === "migration");
    const steps = Array.isArray(record?.["steps"]) ? record["steps"] : [];
    const captured = Object(Object(steps.at(-1))["captured"]);
    const note = Object(captured["back"] ?? captured["forward"] ?? captured);
    return `${record?.["status"] ?? "before"} ${note["state"] ?? ""}`.trim();
  }

  /** Something was taken away, or may be about to be. */
  #check(when: string): void {
    this.#checks++;
    const { store } = this.#emulator;
    const isComplete = store.containers().some((container) =>
      container !== LEDGER && isWhole(contentsOf(store.documents(container)), this.#options.contents)
    );
    if (!isComplete) this.#wrong.push(`no container holds all documents: ${when}`);
  }

  #verify(uniqueKeys: readonly string[] | undefined): void {
    assert.deepEqual(this.#wrong, []);
    const { store } = this.#emulator;
    assert.deepEqual([...store.containers()].sort(), ["Orders", LEDGER]);
    const found = contentsOf(store.documents("Orders"));
    const { contents } = this.#options;
    assert.deepEqual([found.size, hashOf(found)], [contents.size, hashOf(contents)], "count and hash");
    const policy = Object(store.settings("Orders")["uniqueKeyPolicy"] ?? {});
    assert.deepEqual(Object(policy.uniqueKeys?.[0] ?? {}).paths, uniqueKeys);
  }
}

/** The text of each document by its id, as far as it is not the service's own. */
type Contents = ReadonlyMap<string, string>;

function contentsOf(documents: readonly JsonObject[]): Contents {
  return new Map(documents.map((document) => {
    const own = Object.entries(document).filter(([name]) => !name.startsWith("_"));
    return [String(document["id"]), canonicalJson(Object.fromEntries(own))];
  }));
}

function isWhole(found: Contents, wanted: Contents): boolean {
  return found.size >= wanted.size && [...wanted].every(([id, text]) => found.get(id) === text);
}

function hashOf(contents: Contents): string {
  const hash = createHash("sha256");
  for (const text of [...contents.values()].sort()) hash.update(text).update("\n");
  return hash.digest("hex");
}

function pidOf({ headers }: ObservedRequest): number {
  return Number(/chaos-(\d+)\//.exec(headers["user-agent"] ?? "")?.[1] ?? 0);
}

/** The process may be gone. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone.
  }
}
