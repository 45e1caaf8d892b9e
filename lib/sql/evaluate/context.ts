import { SqlSyntaxError } from "../sql_syntax_error.ts";
import type { AggregateKind } from "../aggregate_calls.ts";
import type { Evaluate } from "./row.ts";

/** An aggregate of a query: what it adds up, and the slot that holds its result while rows are projected. */
export interface AggregateCall {
  readonly kind: AggregateKind;
  readonly argument: Evaluate;
  readonly slot: number;
}

/** The names that an expression sees. Inner queries see those of the outer ones. */
export class Scope {
  readonly #slots = new Map<string, number>();
  readonly #outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  has(name: string): boolean {
    return this.#slots.has(name);
  }

  bind(name: string, slot: number): void {
    this.#slots.set(name, slot);
  }

  slotOf(name: string): number | undefined {
    return this.#slots.get(name) ?? this.#outer?.slotOf(name);
  }
}

/** What the compilation of one text shares. */
export class CompileContext {
  readonly text: string;
  /** Names of parameters with their `@`, each with the offset of its first use. */
  readonly parameters = new Map<string, { readonly index: number; readonly at: number }>();
  /** Whether functions of the current time may be used. */
  readonly allowsClock: boolean;
  /** The first function of the current time, if there is one. */
  clockUse: { readonly name: string; readonly at: number } | undefined;
  #slotCount = 0;

  constructor(text: string, options: { readonly allowsClock: boolean }) {
    this.text = text;
    this.allowsClock = options.allowsClock;
  }

  get slotCount(): number {
    return this.#slotCount;
  }

  allocateSlot(): number {
    return this.#slotCount++;
  }

  parameterIndex(name: string, at: number): number {
    const known = this.parameters.get(name);
    if (known !== undefined) return known.index;
    const index = this.parameters.size;
    this.parameters.set(name, { index, at });
    return index;
  }

  fail(at: number, requirement: string, found: string, hint?: string): never {
    throw new SqlSyntaxError({ text: this.text, offset: at, requirement, found }, { hint });
  }
}

/** Where an expression stands. */
export interface ExpressionSite {
  readonly context: CompileContext;
  readonly scope: Scope;
  /** Collects the aggregates of a SELECT clause; `undefined` where none may stand. */
  readonly aggregates: AggregateCall[] | undefined;
  /** In a SELECT that aggregates: the expressions of GROUP BY as printed, all that may be read outside of aggregates. */
  readonly grouped?: ReadonlySet<string> | undefined;
}
