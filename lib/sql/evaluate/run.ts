import { canonicalJson, type JsonValue } from "../../base/json.ts";
import { compareInOrder } from "../order.ts";
import { type Accumulator, createAccumulator } from "./aggregate.ts";
import { isGrouping, type Program } from "./compile_program.ts";
import type { Row } from "./row.ts";
import type { Value } from "./value.ts";

/** Runs a program over what its sources enumerate for the row as it is. */
export function runProgram(program: Program, row: Row): readonly JsonValue[] {
  const run = startRun(program, row);
  run.take();
  return run.finish();
}

/** A run that takes its input in portions: set the slots of the row, call {@linkcode Run.take}, and so on. */
export interface Run {
  /** Processes what the sources enumerate now. False when the result is complete, so that further input changes nothing. */
  take(): boolean;
  finish(): readonly JsonValue[];
}

/** Rows of SELECT with their keys of ORDER BY, in the order of arrival. */
interface Projected {
  readonly value: JsonValue;
  readonly keys: readonly Value[];
}

/** Begins to run a program. Counts of TOP, OFFSET and LIMIT must be integers from 0. */
export function startRun(program: Program, row: Row): Run {
  const window = windowOf(program, row);
  const isSorted = program.orderBy.length > 0;
  const rows: Projected[] = [];
  const seen = new Set<string>();

  const isFull = () => !isSorted && rows.length >= window.end;
  const addRow = (): boolean => {
    const value = program.project(row);
    if (value === undefined) return true;
    if (program.distinct && !isSorted && !addNew(seen, value)) return true;
    rows.push({ value, keys: program.orderBy.map(({ evaluate }) => evaluate(row)) });
    return !isFull();
  };
  const groups = isGrouping(program) ? startGroups(program, row) : undefined;
  return {
    take: () => {
      if (groups === undefined) return !isFull() && program.enumerate(row, addRow);
      return program.enumerate(row, groups.add);
    },
    finish: () => {
      groups?.forEach(addRow);
      if (isSorted) rows.sort(byKeys(program));
      const values = rows.map(({ value }) => value);
      const kept = isSorted && program.distinct ? values.filter((value) => addNew(seen, value)) : values;
      return kept.slice(window.start, window.end);
    },
  };
}

/** The rows that TOP, OFFSET and LIMIT leave, as positions. */
export function windowOf(
  { top, offset, limit }: Pick<Program, "top" | "offset" | "limit">,
  row: Row,
): { readonly start: number; readonly end: number } {
  const start = offset === undefined ? 0 : Number(offset(row));
  const length = limit ?? top;
  return { start, end: length === undefined ? Infinity : start + Number(length(row)) };
}

function addNew(seen: Set<string>, value: JsonValue): boolean {
  const before = seen.size;
  return seen.add(canonicalJson(value)).size > before;
}

function byKeys({ orderBy }: Program): (left: Projected, right: Projected) => number {
  return (left, right) => {
    for (const [index, { descending }] of orderBy.entries()) {
      const order = compareInOrder(left.keys[index], right.keys[index]);
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  };
}

interface Groups {
  readonly add: () => true;
  /** Makes the row stand for each group, in the order of appearance. */
  forEach(visit: () => boolean): void;
}

interface Group {
  /** The slots as they were at the group's first row, for the expressions of GROUP BY. */
  readonly slots: readonly Value[];
  readonly accumulators: readonly Accumulator[];
}

function startGroups(program: Program, row: Row): Groups {
  const { groupBy, aggregates } = program;
  const groups = new Map<string, Group>();
  const open = (key: string): Group => {
    const group = {
      slots: [...row.slots],
      accumulators: aggregates.map(({ kind }) => createAccumulator(kind)),
    };
    groups.set(key, group);
    return group;
  };
  // Aggregates without GROUP BY have one row, also over nothing.
  if (groupBy.length === 0) open("");
  return {
    add: () => {
      const key = groupBy.map((evaluate) => groupKey(evaluate(row))).join("\n");
      const { accumulators } = groups.get(key) ?? open(key);
      for (const [index, { argument }] of aggregates.entries()) accumulators[index]?.add(argument(row));
      return true;
    },
    forEach: (visit) => {
      for (const { slots, accumulators } of groups.values()) {
        for (const [index, value] of slots.entries()) row.slots[index] = value;
        for (const [index, { slot }] of aggregates.entries()) row.slots[slot] = accumulators[index]?.result();
        if (!visit()) return;
      }
    },
  };
}

/** JSON text has no raw line feed, so that keys joined by one stay apart; undefined is no JSON at all. */
function groupKey(value: Value): string {
  return value === undefined ? "undefined" : canonicalJson(value);
}
