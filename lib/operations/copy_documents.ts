import { type CosmigError, messageOf } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import { parsePartitionKeyPaths, type PartitionKeyNames, partitionKeyOf } from "../bulk/document_key.ts";
import { compileSelection } from "../bulk/selection.ts";
import type { CosmosContainer } from "../cosmos/port.ts";
import type {
  CopyDocumentsOperation,
  CopyDocumentsParameters,
  RemoveCopiedDocumentsOperation,
} from "../definition/copy_documents.ts";
import { propertiesOf } from "./_container_settings.ts";
import { sameDocument, withoutSystemProperties } from "./_contents.ts";
import { refusalsError } from "./_copy_documents.ts";
import { type DocumentGoal, GoalReacher, type Refusal, refusalError } from "./_reach_goals.ts";
import { sweep } from "./_sweep.ts";
import { estimateDocuments } from "./documents/estimate_documents.ts";
import type { EstimateContext, OperationHandler, StepContext, StepOutcome } from "./handler.ts";

/** Copies documents to another container. */
export const copyDocumentsHandler: OperationHandler<CopyDocumentsOperation> = {
  kind: "copyDocuments",
  estimate: ({ parameters }, context) =>
    estimate(parameters, context, ["counts the source; what the target has already is not written again"]),
  apply: ({ parameters }, context) =>
    throughSource(parameters, {
      context,
      action: "copy",
      goal: (document, partitionKey) => ({
        first: { kind: "missing" },
        decide: (found) => {
          if (found === undefined) return { kind: "create", document, partitionKey };
          if (parameters.existing === "keep" || sameDocument(found, document)) return undefined;
          if (parameters.existing === "refuse") {
            return { kind: "refused", why: "the target has another document of that id and partition key" };
          }
          return { kind: "replace", id: found.id, document, partitionKey, ifMatch: found._etag };
        },
      }),
    }),
  // Which of the target's it replaces follows from the source, not from a condition.
  selection: ({ parameters: { to, existing } }) => existing === "replace" ? { container: to } : undefined,
  verify: () => Promise.resolve([]),
};

/** Deletes what {@linkcode copyDocumentsHandler} copied. */
export const removeCopiedDocumentsHandler: OperationHandler<RemoveCopiedDocumentsOperation> = {
  kind: "removeCopiedDocuments",
  estimate: ({ parameters }, context) => estimate(parameters, context, []),
  apply: ({ parameters }, context) =>
    throughSource(parameters, {
      context,
      action: "delete",
      goal: (document, partitionKey) => ({
        first: { kind: "look" },
        decide: (found) =>
          found !== undefined && sameDocument(found, document)
            ? { kind: "delete", id: found.id, partitionKey, ifMatch: found._etag }
            : undefined,
      }),
    }),
  verify: () => Promise.resolve([]),
};

async function estimate(
  { from, to, where }: CopyDocumentsParameters,
  context: EstimateContext,
  notes: readonly string[],
) {
  await context.database.container(to).properties(context);
  const selection = where === undefined ? undefined : { where, parameters: {} };
  return await estimateDocuments({ container: from, selection, notes }, context);
}

/** Goes through the source and brings the document that belongs to each to its goal in the target. */
async function throughSource(
  parameters: CopyDocumentsParameters,
  { context, action, goal }: {
    readonly context: StepContext;
    readonly action: string;
    goal(
      document: JsonObject,
      partitionKey: DocumentGoal["partitionKey"],
    ): Pick<DocumentGoal, "first" | "decide">;
  },
): Promise<StepOutcome> {
  const { from, to, where } = parameters;
  const { database, settings } = context;
  const source = await propertiesOf({ container: from, action: "copy documents" }, context);
  const { partitionKeyPaths } = await propertiesOf({ container: to, action: "copy documents" }, context);
  const names = parsePartitionKeyPaths(partitionKeyPaths);
  const container = database.container(to);
  const refusals: Refusal[] = [];
  const reacher = new GoalReacher({
    container,
    action,
    context,
    onRefused: (refusal) => {
      if (refusals.push(refusal) >= settings.maxFailures) throw failure(refusals, { from, to });
    },
  });
  const outcome = await sweep({
    container: database.container(from),
    containerRid: source.rid,
    selection: compileSelection({ where }),
    read: "whole",
    page: (rows) =>
      reacher.reach(rows.flatMap((row): DocumentGoal[] => {
        const document = transformed(row, { parameters, names, container });
        if (document === undefined) return [];
        const partitionKey = partitionKeyOf(document, names);
        return [{ id: String(document["id"]), partitionKey, ...goal(document, partitionKey) }];
      })),
  }, context);
  if (refusals.length > 0) throw failure(refusals, { from, to });
  return outcome;
}

function failure(
  refusals: readonly Refusal[],
  { from, to }: { readonly from: string; readonly to: string },
): CosmigError {
  return refusalsError(refusals, {
    message: `Cannot copy ${refusals.length} documents of "${from}" to "${to}"`,
    hint: 'The others are copied. Remove what is in the way, or set existing: "keep" or "replace"',
  });
}

function transformed(
  row: JsonObject,
  { parameters, names, container }: {
    readonly parameters: CopyDocumentsParameters;
    readonly names: PartitionKeyNames;
    readonly container: CosmosContainer;
  },
): JsonObject | undefined {
  const before = withoutSystemProperties(row);
  const id = String(row["id"]);
  const goal: DocumentGoal = {
    id,
    partitionKey: partitionKeyOf(before, names),
    first: { kind: "look" },
    decide: () => undefined,
  };
  const refuse = (why: string) => refusalError({ goal, why, status: 0 }, { container, action: "copy" });
  let document: JsonObject | undefined;
  try {
    document = parameters.transform(before);
  } catch (error) {
    throw refuse(`its transform failed: ${messageOf(error)}`);
  }
  if (document === undefined) return undefined;
  if (typeof document["id"] !== "string") throw refuse("the result of its transform has no id");
  return withoutSystemProperties(document);
}
