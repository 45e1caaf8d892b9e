import { type FaultProfile, NO_FAULTS } from "./_faults.ts";
import type { SimulatedProcess } from "./_process.ts";
import type { SeededRandom } from "./_random.ts";
import type { Timeline } from "./_timeline.ts";

/** One request on its way to the service. */
export interface Call<Value> {
  /** In words, for the trace. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
  /** How long the client waits; as long as the signal allows when absent. */
  readonly timeoutMs?: number | undefined;
  /** Last thing before it is sent; throws when it must not be. */
  readonly beforeSend?: (() => void) | undefined;
  readonly onSent?: (() => void) | undefined;
  /** Whether it may change something whatever has happened since it was sent. */
  readonly isUnconditional?: boolean | undefined;
  /** Whether it may change something outside the ledger. */
  readonly isWrite?: boolean | undefined;
  /** What the service does and answers. */
  readonly execute: () => Value;
}

/** What its sender gets to know. */
export type Outcome<Value> =
  | { readonly kind: "answered"; readonly value: Value }
  | { readonly kind: "throttled"; readonly retryAfterMs: number }
  | { readonly kind: "lost"; readonly cause: "aborted" | "timeout" | "connection" }
  | { readonly kind: "undelivered" };

/** What happens to processes; the network only says when. */
export interface ProcessFaults {
  crash(process: SimulatedProcess): void;
  terminate(process: SimulatedProcess): void;
}

interface Fate {
  readonly onTheWayMs: number;
  readonly answerMs: number;
  readonly arrives: boolean;
  readonly answer: "given" | "throttled" | "reset" | "silent";
  readonly afterwards: "nothing" | "crash" | "terminate";
}

/** All connections between processes and the service, and everything that goes wrong around a request. */
export class Network {
  readonly #timeline: Timeline;
  readonly #random: SeededRandom;
  readonly #processFaults: ProcessFaults;
  readonly #trace: (line: string) => void;
  #faults: FaultProfile;
  #onTheWay = 0;
  requests = 0;

  constructor(options: {
    readonly timeline: Timeline;
    readonly random: SeededRandom;
    readonly faults: FaultProfile;
    readonly processFaults: ProcessFaults;
    readonly trace: (line: string) => void;
  }) {
    this.#timeline = options.timeline;
    this.#random = options.random;
    this.#faults = options.faults;
    this.#processFaults = options.processFaults;
    this.#trace = options.trace;
  }

  /** Requests that have not arrived yet. */
  get onTheWay(): number {
    return this.#onTheWay;
  }

  get stalenessMs(): number {
    return this.#faults.stalenessMs;
  }

  /** From now on nothing fails any more; what is on its way still arrives as late as it was to. */
  calm(): void {
    this.#faults = NO_FAULTS;
  }

  async exchange<Value>(process: SimulatedProcess, call: Call<Value>): Promise<Outcome<Value>> {
    await this.#sign(process);
    if (!process.isAlive) return await never();
    if (call.signal?.aborted) return { kind: "undelivered" };
    call.beforeSend?.();
    call.onSent?.();
    this.requests++;
    const fate = this.#drawFate(process, call);
    this.#trace(`${process.name} ${call.what}${describe(fate)}`);
    const outcome = await this.#carry(process, { call, fate });
    return process.isAlive ? outcome : await never();
  }

  /** What a client does before it sends takes time, too. */
  #sign(process: SimulatedProcess): Promise<void> {
    const { paused, pauseMs, suspended, wallClockStepped } = this.#faults;
    const random = this.#random;
    if (random.chance(paused / 3)) this.#pause(process, random.between(0, pauseMs));
    else if (random.chance(suspended / 2)) {
      const ms = random.between(0, pauseMs);
      this.#trace(`${process.name} is suspended for ${Math.round(ms)} ms`);
      process.suspend(ms);
    } else if (random.chance(wallClockStepped)) process.stepWallClock(random.between(-3_600_000, 3_600_000));
    else return Promise.resolve();
    return new Promise((resolve) => this.#timeline.after(1, () => process.deliver(resolve)));
  }

  #drawFate(
    process: SimulatedProcess,
    { isUnconditional = false, isWrite = false }: Pick<Call<unknown>, "isUnconditional" | "isWrite">,
  ): Fate {
    const random = this.#random;
    const faults = this.#faults;
    const latenessMs = isUnconditional ? faults.unconditionalLatenessMs : faults.latenessMs;
    const quick = { onTheWayMs: random.between(1, 15), answerMs: random.between(1, 15) };
    const fate: Fate = { ...quick, arrives: true, answer: "given", afterwards: "nothing" };
    if (faults === NO_FAULTS) return fate;
    if (isWrite && random.chance(faults.crashedWriting)) {
      return { ...fate, onTheWayMs: random.between(0, latenessMs), afterwards: "crash" };
    }
    if (random.chance(faults.crashed)) {
      // Before it was sent, while it is on its way, or with the answer on its way.
      return {
        ...fate,
        arrives: random.chance(0.7),
        onTheWayMs: this.#lastWayMs(latenessMs),
        afterwards: "crash",
      };
    }
    if (random.chance(faults.terminated)) {
      return { ...fate, onTheWayMs: this.#lastWayMs(latenessMs), afterwards: "terminate" };
    }
    if (random.chance(faults.paused * 2 / 3)) {
      const ms = random.between(0, faults.pauseMs);
      this.#pause(process, ms);
      const sentAfterPause = random.chance(0.5);
      return sentAfterPause ? { ...fate, onTheWayMs: Math.min(ms, latenessMs) } : fate;
    }
    if (random.chance(faults.requestLost)) {
      return { ...fate, arrives: false, answer: random.chance(0.5) ? "reset" : "silent" };
    }
    if (random.chance(faults.answerLost)) {
      return {
        ...fate,
        onTheWayMs: this.#wayMs(latenessMs),
        answer: random.chance(0.5) ? "reset" : "silent",
      };
    }
    if (random.chance(faults.throttled)) return { ...fate, arrives: false, answer: "throttled" };
    return { ...fate, onTheWayMs: this.#wayMs(latenessMs) };
  }

  /** What a process leaves behind is late more often than not, since that is where the trouble comes from. */
  #lastWayMs(latenessMs: number): number {
    return this.#random.chance(0.5) ? this.#random.between(0, latenessMs) : this.#wayMs(latenessMs);
  }

  #wayMs(latenessMs: number): number {
    const random = this.#random;
    const { slow, late } = this.#faults;
    if (random.chance(late)) return random.between(0, latenessMs);
    if (random.chance(slow)) return random.between(0, Math.min(1_000, latenessMs));
    return random.between(1, 15);
  }

  #pause(process: SimulatedProcess, ms: number): void {
    this.#trace(`${process.name} stands still for ${Math.round(ms)} ms`);
    process.pause(ms);
  }

  #carry<Value>(
    process: SimulatedProcess,
    { call, fate }: { readonly call: Call<Value>; readonly fate: Fate },
  ): Promise<Outcome<Value>> {
    return new Promise((resolve) => {
      let open = true;
      const settle = (outcome: Outcome<Value>) => {
        if (!open) return;
        open = false;
        cancelTimer?.();
        call.signal?.removeEventListener("abort", onAbort);
        resolve(outcome);
      };
      const onAbort = () => settle({ kind: "lost", cause: "aborted" });
      call.signal?.addEventListener("abort", onAbort, { once: true });
      const cancelTimer = call.timeoutMs === undefined
        ? undefined
        : process.schedule(() => settle({ kind: "lost", cause: "timeout" }), call.timeoutMs);
      const back = (outcome: Outcome<Value>, ms: number) =>
        this.#timeline.after(ms, () => process.deliver(() => settle(outcome)));

      if (fate.arrives) {
        this.#onTheWay++;
        this.#timeline.after(fate.onTheWayMs, () => {
          this.#onTheWay--;
          const value = call.execute();
          if (fate.answer === "given") back({ kind: "answered", value }, fate.answerMs);
        });
      }
      if (fate.answer === "throttled") {
        back({ kind: "throttled", retryAfterMs: 100 }, fate.onTheWayMs + fate.answerMs);
      }
      if (fate.answer === "reset") {
        const ms = this.#random.between(0, fate.onTheWayMs + fate.answerMs);
        back({ kind: "lost", cause: "connection" }, ms);
      }
      if (fate.afterwards !== "nothing") this.#end(process, fate);
    });
  }

  /** At once, or at some moment until the answer has been read. */
  #end(process: SimulatedProcess, { afterwards, onTheWayMs, answerMs }: Fate): void {
    const ms = this.#random.between(0, onTheWayMs + answerMs + 2);
    this.#timeline.after(ms, () => {
      if (afterwards === "crash") this.#processFaults.crash(process);
      else this.#processFaults.terminate(process);
    });
  }
}

function describe({ onTheWayMs, arrives, answer, afterwards }: Fate): string {
  return [
    onTheWayMs > 100 && arrives ? `, arrives after ${Math.round(onTheWayMs)} ms` : "",
    arrives ? "" : ", never arrives",
    answer === "given" ? "" : `, answer: ${answer}`,
    afterwards === "nothing" ? "" : `, then: ${afterwards}`,
  ].join("");
}

function never(): Promise<never> {
  return new Promise(() => {});
}
