import type { Decision, Pass } from "../../bulk/pass.ts";
import { compileSelection } from "../../bulk/selection.ts";
import type { JsonObject } from "../../base/json.ts";
import { type Edit, pathsOfEdit } from "../../definition/edit.ts";
import type { EditDocumentsParameters } from "../../definition/edit_documents.ts";
import { parsePath } from "../../definition/path.ts";
import { TRACE_PROPERTY } from "../../definition/reserved_property.ts";
import { applyEdits } from "./apply_edits.ts";
import { decideByDifference, OPERATIONS_PER_PATCH } from "./diff_documents.ts";
import { conditionOf, type ConditionPurpose, type SqlCondition } from "./edit_condition.ts";
import {
  isTracedInSql,
  readTrace,
  type TraceEntry,
  type TraceOwner,
  type TraceWay,
  withoutOppositeTraces,
  withTrace,
} from "./trace.ts";
import { undoEdits } from "./undo_edits.ts";

/** The pass that carries out an `editDocuments` or its inverse. */
export function editPass(parameters: EditDocumentsParameters, owner: TraceOwner): Pass {
  const { container, onError, direction } = parameters;
  const selected = selectionOf(parameters, { owner, purpose: "to-edit" });
  const isUp = direction.kind === "up";
  return {
    container,
    onError,
    where: selected?.where,
    parameters: selected?.parameters,
    read: propertiesToRead(parameters),
    decide: isUp ? decideEdit(parameters, owner) : decideUndo(parameters, owner),
    convergence: convergenceOf(parameters),
  };
}

/** Whether an edit gives something else each time it is repeated. */
export function isConversion({ kind }: Edit): boolean {
  return kind === "convert";
}

/** Whether something of the documents is noted in them. */
export function leavesNotes({ trace, mark, edits }: EditDocumentsParameters): boolean {
  return trace || mark || edits.some((edit) => edit.kind === "remove" && edit.recoverable);
}

/**
 * Which documents the pass looks at; `undefined` for all.
 *
 * Without an owner (while planning) nothing is known of stamps and notes: on the way up there may then be fewer than this selects.
 */
export function selectionOf(
  parameters: EditDocumentsParameters,
  options: { readonly owner: TraceWay | undefined; readonly purpose: Exclude<ConditionPurpose, "to-undo"> },
): SqlCondition | undefined {
  return parameters.direction.kind === "up" ? selectUp(parameters, options) : selectDown(parameters, options);
}

function selectUp(
  { where, edits, mark }: EditDocumentsParameters,
  { owner, purpose }: { readonly owner: TraceWay | undefined; readonly purpose: ConditionPurpose },
): SqlCondition | undefined {
  const needed = where !== undefined && edits.some(isConversion)
    ? { where, parameters: {} }
    : and(where, conditionOf(edits, purpose));
  if (!mark || owner === undefined) return needed;
  return and(needed?.where, {
    where: `NOT ((${isTracedInSql(owner, owner.way)}) ?? false)`,
    parameters: needed?.parameters ?? {},
  });
}

function selectDown(
  parameters: EditDocumentsParameters,
  { owner }: { readonly owner: TraceWay | undefined },
): SqlCondition | undefined {
  const { where, undoWhere, edits, trace, mark } = parameters;
  const noted = owner === undefined ? "false" : isTracedInSql(owner, "up");
  if (trace || mark) return { where: noted, parameters: {} };
  const byValue = undoWhere !== undefined ? { where: undoWhere, parameters: {} } : and(
    where !== undefined && edits.some(isConversion) ? `NOT ((${where}\n) ?? false)` : undefined,
    conditionOf(edits, "to-undo"),
  );
  if (!leavesNotes(parameters)) return byValue ?? { where: "false", parameters: {} };
  return byValue === undefined
    ? { where: noted, parameters: {} }
    : { where: `(${byValue.where}\n) OR ${noted}`, parameters: byValue.parameters };
}

function and(left: string | undefined, right: SqlCondition | undefined): SqlCondition | undefined {
  if (left === undefined || right === undefined) {
    return left === undefined ? right : { where: left, parameters: {} };
  }
  return { where: `(${left}\n) AND (${right.where})`, parameters: right.parameters };
}

/** A conversion must not be repeated, so its result must not be selected; everything else has no effect the second time. */
function convergenceOf(parameters: EditDocumentsParameters): Pass["convergence"] {
  const { direction, mark, trace, edits, undoWhere } = parameters;
  if (direction.kind === "up") return mark || edits.some(isConversion) ? "where" : "decide";
  return mark || trace || undoWhere !== undefined && edits.some(isConversion) ? "where" : "decide";
}

function decideEdit(
  { edits, trace, mark }: EditDocumentsParameters,
  owner: TraceOwner,
): (document: JsonObject) => Decision {
  return (document) => {
    const edited = applyEdits(document, edits);
    if (decideByDifference(document, edited.document).kind === "skip") return { kind: "skip" };
    const notes = edited.notes.filter(({ edit: index }) => {
      const edit = edits[index];
      return trace || edit?.kind === "remove" && edit.recoverable;
    });
    const cleaned = withoutOppositeTraces(edited.document, owner);
    if (notes.length === 0 && !mark) return decideByDifference(document, cleaned);
    return decideByDifference(document, withTrace(cleaned, owner, joinTraces(cleaned, { owner, notes })));
  };
}

/** What was noted before stays, since only all of it leads back to where it began. */
function joinTraces(
  document: JsonObject,
  { owner, notes }: { readonly owner: TraceOwner; readonly notes: TraceEntry["notes"] },
): TraceEntry {
  const { way, cycle } = owner;
  return { way, cycle, notes: [...readTrace(document, owner)?.notes ?? [], ...notes] };
}

function decideUndo(
  parameters: EditDocumentsParameters,
  owner: TraceOwner,
): (document: JsonObject) => Decision {
  const { edits, trace, undoWhere } = parameters;
  const there = compileSelection({ where: parameters.where });
  const converts = edits.some(isConversion);
  return (document) => {
    const found = readTrace(document, owner);
    const entry = found?.way === "up" ? found : undefined;
    // Only what the way up would select can have come from it, and a conversion has left nothing that it would select.
    const byWhere = entry === undefined && undoWhere === undefined && parameters.where !== undefined;
    if (byWhere && converts && there.matches(document)) return { kind: "skip" };
    const undone = undoEdits(document, { edits, notes: entry?.notes ?? [], traced: trace });
    if (byWhere && !there.matches(undone)) return { kind: "skip" };
    return decideByDifference(document, entry === undefined ? undone : withTrace(undone, owner, undefined));
  };
}

/** The top-level properties that the edits read or write; the whole document where a patch could be too small for them. */
function propertiesToRead(parameters: EditDocumentsParameters): Pass["read"] {
  const { edits, where, direction } = parameters;
  const names = new Set([TRACE_PROPERTY, ...edits.flatMap(pathsOfEdit).map(topLevelName)]);
  if (names.size > OPERATIONS_PER_PATCH) return "whole";
  if (direction.kind === "up") return [...names];
  const { reads } = compileSelection({ where });
  return reads === "whole" ? "whole" : [...new Set([...names, ...reads])];
}

function topLevelName(path: string): string {
  const [first] = parsePath(path);
  return first?.kind === "name" ? first.name : "";
}
