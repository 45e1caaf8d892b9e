import { RuBudget } from "../../lib/bulk/ru_budget.ts";
import { runPass } from "../../lib/bulk/run_pass.ts";
import type { Direction } from "../../lib/definition/record.ts";
import type { Operation } from "../../lib/definition/operation.ts";
import type {
  EstimateContext,
  OperationHandler,
  StepContext,
  StepOutcome,
} from "../../lib/operations/handler.ts";
import { touchPass } from "../../lib/operations/documents/touch_pass.ts";
import { handlerOf } from "../../lib/operations/registry.ts";
import { type FakeContainer, fakeDatabase } from "./fake_container.ts";
import { MemoryCheckpoints, passContext } from "./pass_fixture.ts";
import type { VirtualClock } from "./virtual_clock.ts";

/** A migration of one step on fake containers: each way is a cycle of its own, as in a run. */
export class StepFixture {
  readonly #clock: VirtualClock;
  readonly #containers: readonly [FakeContainer, ...FakeContainer[]];
  #cycle = 0;

  constructor(clock: VirtualClock, ...containers: readonly [FakeContainer, ...FakeContainer[]]) {
    this.#clock = clock;
    this.#containers = containers;
  }

  up(operation: Operation): Promise<StepOutcome> {
    return this.next(operation, "up");
  }

  /** Carries out an operation in a new cycle. */
  next(operation: Operation, direction: Direction): Promise<StepOutcome> {
    this.#cycle++;
    return this.again(operation, direction);
  }

  /** Undoes an operation by its inverse. */
  down(operation: Operation): Promise<StepOutcome> {
    const inverse = operation.invert();
    if (inverse === undefined) throw new Error(`"${operation.step}" has no inverse`);
    return this.next(inverse, "down");
  }

  /** Carries out an operation in the current cycle, without anything that an earlier attempt has saved. */
  again(operation: Operation, direction: Direction): Promise<StepOutcome> {
    return this.#clock.run(this.#handler(operation).apply(operation, this.context(direction)));
  }

  /** Touches what an unfinished attempt of an operation may have read. */
  touch(operation: Operation): Promise<StepOutcome> {
    const context = this.context("up");
    const selection = this.#handler(operation).selection?.(operation, context);
    if (selection === undefined) throw new Error(`"${operation.kind}" selects nothing`);
    return this.#clock.run(runPass(touchPass(selection), context));
  }

  estimate(operation: Operation, count: EstimateContext["count"] = "exact") {
    return this.#handler(operation).estimate(operation, { ...this.#reading(), count });
  }

  verify(operation: Operation) {
    return this.#handler(operation).verify(operation, { ...this.#reading(), count: "exact" });
  }

  context(direction: Direction): StepContext {
    return {
      ...passContext({
        clock: this.#clock,
        container: this.#containers[0],
        checkpoints: new MemoryCheckpoints(),
      }),
      database: fakeDatabase(...this.#containers),
      migrationId: "20240101_090000",
      cycle: this.#cycle,
      direction,
      captured: undefined,
      capture: () => Promise.resolve(),
      settle: () => Promise.resolve(),
      once: async (_name, action) => await action() ?? null,
      log: () => {},
      sdkDatabase: () => undefined,
    };
  }

  #reading() {
    return {
      database: fakeDatabase(...this.#containers),
      clock: this.#clock,
      random: () => 0.5,
      signal: new AbortController().signal,
      budget: new RuBudget({ clock: this.#clock, settings: { ruPerSecond: undefined } }),
    };
  }

  #handler(operation: Operation): OperationHandler {
    return handlerOf(operation);
  }
}
