import { SimulatedConnection } from "./_connection.ts";
import { SimulatedLedger } from "./_ledger.ts";
import { SimulatedProcess } from "./_process.ts";
import { MOST_STALENESS_MS } from "./_faults.ts";
import type { World } from "./_world.ts";

/** What a runner was started for. */
export type Command = { readonly kind: "up" } | {
  readonly kind: "rollback";
  readonly steps: number;
  readonly hold: boolean;
};

/** What a runner is. */
export interface RunnerOptions {
  readonly name: string;
  readonly command: Command;
  /** Consents to begin a history on a database that holds documents. */
  readonly init: boolean;
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
  outcome: "running" | "done" | "held" | "given-up" | "refused" = "running";
  readonly #world: World;
  readonly #options: RunnerOptions;
  readonly #clockFaults: { readonly rate: number; readonly wallSkewMs: number };
  #starts = 0;
  #hadRecords = false;
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
    const { partition } = this.#world;
    this.#hadRecords = partition.list("migration:", partition.lsnOfReplica(MOST_STALENESS_MS)).length > 0;
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
    if (command.kind === "up") {
      await subject.runUp(context, {
        policy: { order: "linear", ahead: "allow", drift: "refuse" },
        init: this.#options.init,
        allowDestructive: true,
        allowOffline: false,
      });
    } else {
      const { steps, hold } = command;
      await subject.runRollback(context, {
        selection: { kind: "steps", steps },
        hold,
        allowDestructive: false,
        allowOffline: false,
      });
    }
  }

  #context(process: SimulatedProcess): Parameters<World["subject"]["runUp"]>[0] {
    const { subject, network, partition, random, service, witness, menu, timings, consistency } = this.#world;
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
      registry: menu.registry,
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
      maxAttempts: 1_000,
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
    if (error instanceof CosmigError && error.details["kind"] === "unknown-history" && !this.#hadRecords) {
      return this.#end(process, "refused");
    }
    if (!TEMPORARY.has(code)) {
      witness.report(`${this.kind} ended with ${code}: ${String(error).slice(0, 160)}`);
      return this.#end(process, "refused");
    }
    process.kill();
    this.#again();
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
