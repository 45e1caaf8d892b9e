/**
 * Failures on command: rules that say which requests fail and how. Rules are asked in their order and the first one that fires decides; a rule
 * counts the requests that fit it, whether it fires or not, so that "the third replace" means what it says.
 *
 * @module
 */
import type { Fault } from "./fault.ts";
import type { ObservedRequest } from "./observed_request.ts";
import { randomStream } from "./random.ts";
import type { OperationKind, ResourceKind } from "./route.ts";

/** Which requests a rule is about; members that are missing do not restrict it. */
export interface FaultCondition {
  readonly method?: string | undefined;
  readonly resource?: ResourceKind | undefined;
  readonly operation?: OperationKind | undefined;
  readonly container?: string | undefined;
  /** Of the fitting requests only these; 1 is the first. */
  readonly nth?: number | readonly number[] | undefined;
  /** Of the fitting requests this share, by pseudo-random numbers from `seed`. */
  readonly probability?: number | undefined;
  /** @default 1 */
  readonly seed?: number | undefined;
}

/** One rule. */
export interface FaultRule {
  /** For messages. */
  readonly name?: string | undefined;
  readonly when: FaultCondition;
  readonly then: Fault;
}

interface ActiveRule {
  readonly rule: FaultRule;
  readonly random: () => number;
  seen: number;
  fired: number;
}

/** The rules in force, with what they have done so far. */
export class FaultRules {
  #rules: ActiveRule[] = [];

  constructor(rules: readonly FaultRule[] = []) {
    this.add(...rules);
  }

  add(...rules: readonly FaultRule[]): void {
    for (const rule of rules) {
      this.#rules.push({ rule, random: randomStream(rule.when.seed ?? 1), seen: 0, fired: 0 });
    }
  }

  clear(): void {
    this.#rules = [];
  }

  /** Rules that no request has met. */
  unfired(): readonly FaultRule[] {
    return this.#rules.filter(({ fired }) => fired === 0).map(({ rule }) => rule);
  }

  /** What happens to a request, with the random numbers of the rule that decided. */
  decide(request: ObservedRequest): { readonly fault: Fault; readonly random: () => number } | undefined {
    let decision: ActiveRule | undefined;
    for (const active of this.#rules) {
      if (!fits(active.rule.when, request)) continue;
      active.seen++;
      if (decision === undefined && fires(active)) decision = active;
    }
    if (decision === undefined) return undefined;
    decision.fired++;
    return { fault: decision.rule.then, random: decision.random };
  }
}

function fits(when: FaultCondition, request: ObservedRequest): boolean {
  return (when.method === undefined || when.method.toUpperCase() === request.method) &&
    (when.resource === undefined || when.resource === request.resource) &&
    (when.operation === undefined || when.operation === request.operation) &&
    (when.container === undefined || when.container === request.container) &&
    request.resource !== "admin";
}

function fires({ rule: { when }, seen, random }: ActiveRule): boolean {
  const { nth, probability } = when;
  if (nth !== undefined && !(typeof nth === "number" ? nth === seen : nth.includes(seen))) return false;
  return probability === undefined || random() < probability;
}
