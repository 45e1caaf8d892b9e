import type { Repairable } from "../../maintenance/list_repairs.ts";
import type { RepairKind } from "../../maintenance/plan_repair.ts";
import type { RepairReport } from "../../maintenance/repair.ts";
import { withoutControls } from "../../reporting/text_width.ts";
import type { CommandContext } from "../command.ts";

const DONE: Readonly<Record<RepairKind, string>> = {
  "accept-checksum": "Accepted as this binary has it",
  "retry": "The next run tries it again",
  "mark-applied": "Marked as applied",
  "release": "Released, the next up applies it",
};

const NOTHING: Readonly<Record<RepairKind, string>> = {
  "accept-checksum": "Nothing to accept: this binary's version is accepted already",
  "retry": "Nothing to do: no failed attempt is counted",
  "mark-applied": "Nothing to do: it is applied already",
  "release": "Nothing to do: it is released already",
};

/** What could be repaired, with the commands to type, as lines. */
export function describeRepairs(
  repairs: readonly Repairable[],
  { name: program, output: { style } }: CommandContext,
): string[] {
  if (repairs.length === 0) return ["Nothing to repair"];
  return repairs.flatMap(({ id, name, problem, choices }) => [
    `${style.bold(`${id} ${name}`)}: ${withoutControls(problem)}`,
    ...choices.map((kind) => `  ${program} repair --${kind} ${id}`),
  ]);
}

/** What was repaired, as lines. */
export function describeRepair({ kind, repaired }: RepairReport): string[] {
  return repaired.length === 0 ? [NOTHING[kind]] : repaired.map((id) => `${DONE[kind]}: ${id}`);
}
