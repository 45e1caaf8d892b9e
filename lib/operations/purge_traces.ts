import { isJsonObject, type JsonObject } from "../base/json.ts";
import type { Decision, Pass } from "../bulk/pass.ts";
import { runPass } from "../bulk/run_pass.ts";
import { formatPointer, pathToSql } from "../definition/path.ts";
import type { PurgeTracesOperation, PurgeTracesParameters } from "../definition/purge_traces.ts";
import { TRACE_PROPERTY } from "../definition/reserved_property.ts";
import { countDocuments, estimateDocuments } from "./documents/estimate_documents.ts";
import type { OperationHandler } from "./handler.ts";

/** Drops what migrations noted in documents. */
export const purgeTracesHandler: OperationHandler<PurgeTracesOperation> = {
  kind: "purgeTraces",
  estimate: ({ parameters }, context) =>
    estimateDocuments({ container: parameters.container, selection: selectionOf(parameters) }, context),
  apply: ({ parameters }, context) => runPass(purgePass(parameters), context),
  selection: ({ parameters }) => ({ container: parameters.container, ...selectionOf(parameters) }),
  verify: async ({ parameters }, context) => {
    const container = context.database.container(parameters.container);
    const count = await countDocuments(container, { selection: selectionOf(parameters), context });
    return count === 0 ? [] : [`${count} documents of "${container.id}" still carry such notes`];
  },
};

function purgePass(parameters: PurgeTracesParameters): Pass {
  return {
    container: parameters.container,
    ...selectionOf(parameters),
    read: [TRACE_PROPERTY],
    decide: (document) => purge(document, parameters.migrations),
    convergence: "where",
    onError: "stop",
  };
}

function selectionOf({ migrations }: PurgeTracesParameters) {
  const conditions = migrations === undefined
    ? [pathToSql([TRACE_PROPERTY])]
    : migrations.map((id) => pathToSql([TRACE_PROPERTY, id]));
  return { where: conditions.map((path) => `IS_DEFINED(${path})`).join(" OR "), parameters: {} };
}

/** What is empty afterwards goes as a whole. */
function purge(document: JsonObject, migrations: readonly string[] | undefined): Decision {
  const { [TRACE_PROPERTY]: notes, ...rest } = document;
  const kept = Object.entries(isJsonObject(notes) && migrations !== undefined ? notes : {})
    .filter(([id]) => !migrations?.includes(id));
  const path = formatPointer([TRACE_PROPERTY]);
  if (kept.length === 0) return { kind: "patch", operations: [{ op: "remove", path }], after: rest };
  const value = Object.fromEntries(kept);
  return {
    kind: "patch",
    operations: [{ op: "set", path, value }],
    after: { ...rest, [TRACE_PROPERTY]: value },
  };
}
