import type { Decision, Pass } from "../../bulk/pass.ts";
import { isJsonObject, jsonEquals, type JsonObject } from "../../base/json.ts";
import { CosmigError } from "../../base/errors.ts";
import type { LookupReaders, Lookups } from "../../definition/lookup.ts";
import { isSystemProperty, TRACE_PROPERTY } from "../../definition/reserved_property.ts";
import type { TransformDocumentsParameters } from "../../definition/transform_documents.ts";
import { requireJson } from "./apply_edits.ts";
import type { SqlCondition } from "./edit_condition.ts";
import {
  isTracedInSql,
  readTrace,
  type TraceOwner,
  type TraceWay,
  withoutOppositeTraces,
  withTrace,
} from "./trace.ts";

/** What a transform runs with. */
export interface TransformOptions {
  readonly owner: TraceOwner;
  readonly lookups: LookupReaders<Lookups>;
  readonly signal: AbortSignal;
}

/** The pass that carries out a `transformDocuments` or its inverse. */
export function transformPass(parameters: TransformDocumentsParameters, options: TransformOptions): Pass {
  const { container, onError, isDone } = parameters;
  const selected = transformSelection(parameters, options.owner);
  return {
    container,
    onError,
    where: selected?.where,
    parameters: selected?.parameters,
    read: "whole",
    decide: (document) => decideTransform(document, { ...options, parameters }),
    convergence: isDone === undefined ? "where" : "decide",
  };
}

/**
 * Which documents the pass looks at; `undefined` for all. Without an owner (while planning) nothing is known of stamps: there may then be fewer than this
 * selects.
 */
export function transformSelection(
  { where, stamps }: TransformDocumentsParameters,
  owner: TraceWay | undefined,
): SqlCondition | undefined {
  const plain = where === undefined ? undefined : { where, parameters: {} };
  if (owner === undefined || stamps === "none") return plain;
  if (stamps === "unstamp") return plain ?? { where: isTracedInSql(owner, "up"), parameters: {} };
  const open = `NOT ((${isTracedInSql(owner, owner.way)}) ?? false)`;
  return { where: plain === undefined ? open : `(${plain.where}\n) AND ${open}`, parameters: {} };
}

async function decideTransform(
  document: JsonObject,
  { parameters, owner, lookups, signal }: TransformOptions & {
    readonly parameters: TransformDocumentsParameters;
  },
): Promise<Decision> {
  const { stamps, transform, isDone, direction } = parameters;
  const { [TRACE_PROPERTY]: traces, ...visible } = document;
  if (stamps === "stamp" && readTrace(document, owner)?.way === owner.way) return { kind: "skip" };
  if (isDone?.(visible) === true) return { kind: "skip" };
  const result: unknown = await transform(visible, { lookups, signal });
  if (result === undefined) return { kind: "skip" };
  if (!isJsonObject(result)) {
    throw new CosmigError("documents-failed", `its transform has to return an object or undefined`);
  }
  requireJson(result, "/");
  const own = withoutReserved(result);
  const traced = traces === undefined ? own : { ...own, [TRACE_PROPERTY]: traces };
  const after = stamped(direction === "up" ? withoutOppositeTraces(traced, owner) : traced, {
    stamps,
    owner,
  });
  return jsonEquals(after, withoutSystem(document)) ? { kind: "skip" } : { kind: "replace", document: after };
}

function stamped(
  document: JsonObject,
  { stamps, owner }: Pick<TransformDocumentsParameters, "stamps"> & { readonly owner: TraceOwner },
): JsonObject {
  if (stamps === "none") return document;
  const { way, cycle } = owner;
  return withTrace(document, owner, stamps === "stamp" ? { way, cycle, notes: [] } : undefined);
}

function withoutReserved(document: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(withoutSystem(document)).filter(([name]) => name !== TRACE_PROPERTY),
  );
}

function withoutSystem(document: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(document).filter(([name]) => !isSystemProperty(name)));
}
