import { SimulatedConnection } from "./_connection.ts";
import type { RepairRequest } from "../../lib/maintenance/plan_repair.ts";
import type { BinaryVersion } from "./_migrations.ts";
import { SimulatedLedger } from "./_ledger.ts";
import { SimulatedProcess } from "./_process.ts";
import { MOST_STALENESS_MS } from "./_faults.ts";
import type { World } from "./_world.ts";

/** What a runner was started for. */
export type Command =
  | { readonly kind: "up" }
  | { readonly kind: "rollback"; readonly steps: number; readonly hold: boolean }
  | { readonly kind: "baseline"; readonly id: string }
  | { readonly kind: "repair"; readonly request: RepairRequest };

/** What a runner is. */
export interface RunnerOptions {
  readonly name: string;
  readonly command: Command;
  /** Consents to begin a history on a database that holds documents. */
  readonly init: boolean;
  /** Everything is over, and it is the version that is given who cleans up: what was applied of the other one counts as well. */
  readonly last?: BinaryVersion;
}

/** How often a runner is started again while things still fail. */
const RESTARTS = 8;
const GRACE_MS = 30_000;
/** Errors that say "again"; everything else would stop a roll-out and is a finding when nothing justifies it. */
const TEMPORARY = new Set(["lease-lost", "lease-held", "temporary", "timeout", "cosmos", "interrupted"]);

/** One machine that runs a command, and whoever starts it again when it ends badly. */
export class Runner {
  readonly kind: Command["kind"];
  process: SimulatedProcess;
  isOver = false;
  outcome: "running" | "done" | "held" | "given-up" | "refused" | "parked" = "running";
  readonly #world: World;
  readonly #options: RunnerOptions;
  readonly #clockFaults: { readonly rate: number; readonly wallSkewMs: number };
  /** Some machines stay on the version that they have. */
  readonly #isUpgraded: boolean;
  #starts = 0;
  #abort = new AbortController();

  constructor(
    world: World,
    options: RunnerOptions & { readonly startMs: number },
  ) {
    const { random, timeline } = world;
    this.#world = world;
    this.#options = options;
    this.kind = options.command.kind;
    this.#clockFaults = {
      rate: random.pick([1, random.between(0.9, 1.1)]),
      wallSkewMs: random.chance(0.5) ? 0 : random.between(-7_200_000, 7_200_000),
    };
    this.#isUpgraded = world.plot.revisedAtMs === undefined || random.chance(0.8);
    this.process = this.#newProcess();
    timeline.after(options.startMs, () => this.#start());
  }

  /** The process is gone without a word. */
  crash(): void {
    if (this.isOver || !this.process.isAlive) return;
    this.#world.trace(`${this.process.name} crashes`);
    this.process.kill();
    this.#again();
  }

  /** SIGTERM, and SIGKILL when that does not help in time. */
  terminate(): void {
    const { process } = this;
    if (this.isOver || !process.isAlive) return;
    this.#world.trace(`${process.name} is asked to stop`);
    process.deliver(() => this.#abort.abort(new this.#world.subject.errors.InterruptedError("SIGTERM")));
    this.#world.timeline.after(GRACE_MS, () => process === this.process && this.crash());
  }

  #newProcess(): SimulatedProcess {
    const name = `${this.#options.name}.${++this.#starts}`;
    return new SimulatedProcess(this.#world.timeline, { name, ...this.#clockFaults });
  }

  #start(): void {
    const { process } = this;
    this.#abort = new AbortController();
    this.#run(process).then(
      () => this.#end(process, "done"),
      (error) => process.isAlive && this.#fail(process, error),
    );
  }

  async #run(process: SimulatedProcess): Promise<void> {
    const { subject } = this.#world;
    const { command } = this.#options;
    const context = this.#context(process);
    switch (command.kind) {
      case "up":
        await subject.runUp(context, {
          policy: {
            order: "linear",
            ahead: "allow",
            drift: this.#options.last === undefined ? "refuse" : "warn",
          },
          init: this.#options.init,
          allowDestructive: true,
          allowOffline: false,
        });
        return;
      case "rollback": {
        const { steps, hold } = command;
        await subject.runRollback(context, {
          selection: { kind: "steps", steps },
          hold,
          allowDestructive: true,
          allowOffline: false,
        });
        return;
      }
      case "baseline":
        await subject.runBaseline(context, { kind: "up-to", id: command.id });
        return;
      case "repair":
        await subject.repair(context, { by: process.name, reason: "simulated", request: command.request });
    }
  }

  #version(): BinaryVersion {
    const { plot: { revisedAtMs = Infinity }, timeline } = this.#world;
    if (this.#options.last !== undefined) return revisedAtMs < Infinity ? this.#options.last : "first";
    return this.#isUpgraded && timeline.nowMs >= revisedAtMs ? "second" : "first";
  }

  #context(process: SimulatedProcess): Parameters<World["subject"]["runUp"]>[0] {
    const { subject, network, partition, random, service, witness, menu, plot, timings, consistency } =
      this.#world;
    const draw = () => random.next();
    let nonces = 0;
    return {
      connection: new SimulatedConnection({
        subject,
        network,
        process,
        service,
        ledger: new SimulatedLedger({
          ...{ network, partition, process, random, consistency, subject },
          requestTimeoutMs: timings.requestTimeoutMs,
        }),
        requestTimeoutMs: timings.requestTimeoutMs,
        random: draw,
        onWriteAllowed: () => {},
      }),
      registry: menu.registry(this.#version()),
      clock: process,
      signal: this.#abort.signal,
      patienceMs: 20_000,
      random: draw,
      newNonce: () => {
        const nonce = `${process.name}-${++nonces}`;
        witness.noteNonce(process, nonce);
        return nonce;
      },
      timings,
      holder: { host: process.name, pid: 1, version: "test", command: this.kind, since: "" },
      lockTimeoutMs: 600_000,
      settings: { ruPerSecond: undefined, concurrency: 2, pageSize: 2, maxFailures: 10, patienceMs: 10_000 },
      maxAttempts: plot.maxAttempts,
      unsafeNoFence: false,
      redact: (text) => text,
      emit: () => {},
    };
  }

  #end(process: SimulatedProcess, outcome: Runner["outcome"]): void {
    if (!process.isAlive) return;
    this.#world.trace(`${process.name} ends: ${outcome}`);
    process.kill();
    this.outcome = outcome;
    this.isOver = true;
  }

  #fail(process: SimulatedProcess, error: unknown): void {
    const { subject, trace, witness } = this.#world;
    const { CosmigError } = subject.errors;
    trace(`${process.name} fails: ${error}`);
    if (error instanceof CosmigError && error.details["held"] !== undefined) {
      return this.#end(process, "held");
    }
    const code = error instanceof CosmigError ? error.code : "unknown";
    if (error instanceof CosmigError && error.details["kind"] === "unknown-history" && !this.#hasHistory()) {
      return this.#end(process, "refused");
    }
    const justified = this.#justify(error);
    if (justified === "again") {
      process.kill();
      return this.#again();
    }
    if (justified !== undefined) return this.#end(process, justified);
    if (!TEMPORARY.has(code)) {
      witness.report(`${this.kind} ended with ${code}: ${String(error).slice(0, 160)}`);
      return this.#end(process, "refused");
    }
    process.kill();
    this.#again();
  }

  /** Whether every reader sees a history, however far behind his replica is. */
  #hasHistory(): boolean {
    const { partition } = this.#world;
    for (let lsn = partition.lsnOfReplica(MOST_STALENESS_MS); lsn <= partition.lsn; lsn++) {
      if (partition.list("", lsn).length === 0) return false;
    }
    return true;
  }

  /** What follows from an error that the plot explains; `undefined` when it does not. */
  #justify(error: unknown): Runner["outcome"] | "again" | undefined {
    const { plot, subject, random } = this.#world;
    if (!(error instanceof subject.errors.CosmigError)) return undefined;
    const { interventions, ailsUntilMs, revisedAtMs } = plot;
    const isByHand = this.kind === "baseline" || this.kind === "repair";
    switch (error.code === "history-conflict" ? error.details["kind"] : error.code) {
      case "migration-failed":
        return ailsUntilMs === undefined ? undefined : "again";
      case "parked":
        if (ailsUntilMs === undefined) return undefined;
        // A restart loop goes on whatever it is told.
        return random.chance(0.5) ? "again" : "parked";
      case "drift":
        return revisedAtMs === undefined ? undefined : "refused";
      case "irreversible":
        return this.kind === "rollback" && interventions.length > 0 ? "refused" : undefined;
      case "refused":
      case "usage":
        return isByHand ? "refused" : undefined;
      default:
        return undefined;
    }
  }

  #again(): void {
    const { random, timeline } = this.#world;
    const isUp = this.kind === "up";
    if (!isUp && (this.#starts > RESTARTS || random.chance(0.3))) {
      this.outcome = "given-up";
      this.isOver = true;
      return;
    }
    this.process = this.#newProcess();
    timeline.after(random.between(100, 4_000), () => this.#start());
  }
}
