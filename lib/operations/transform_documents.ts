import { runPass } from "../bulk/run_pass.ts";
import { compileSelection } from "../bulk/selection.ts";
import { CosmigError } from "../base/errors.ts";
import { TRACE_PROPERTY } from "../definition/reserved_property.ts";
import type { Operation } from "../definition/operation.ts";
import type {
  TransformDocumentsOperation,
  TransformDocumentsParameters,
} from "../definition/transform_documents.ts";
import { countDocuments, estimateDocuments, type IsOpen } from "./documents/estimate_documents.ts";
import { countLookup, openLookups, requireFit } from "./documents/lookup_readers.ts";
import { ownerOf } from "./documents/touch_pass.ts";
import { transformPass, transformSelection } from "./documents/transform_pass.ts";
import type { EstimateContext, OperationHandler, VerifyFindings } from "./handler.ts";

/** Replaces documents by what a function makes of them. */
export const transformDocumentsHandler: OperationHandler<TransformDocumentsOperation> = {
  kind: "transformDocuments",
  estimate: async (operation, context) => {
    const { parameters } = operation;
    const { container, isDone } = parameters;
    for (const way of waysOf(operation)) {
      requireConvergence(way);
      compileSelection({ where: way.where });
      for (const lookup of Object.values(way.lookups)) compileSelection({ where: lookup.where });
    }
    const estimate = await estimateDocuments({
      container,
      selection: transformSelection(parameters, undefined),
      isOpen: isOpenOf(parameters, { onFailure: "open" }),
      notes: isDone === undefined ? [] : ["Every selected document is read to see whether it is done"],
    }, context);
    if (context.count !== "none") await requireLookupsFit(operation, context);
    return estimate;
  },
  apply: async (operation, context) => {
    const { parameters } = operation;
    requireConvergence(parameters);
    const lookups = await openLookups(parameters.lookups, context);
    const options = { owner: ownerOf(operation, context), lookups, signal: context.signal };
    return await runPass(transformPass(parameters, options), context);
  },
  selection: ({ parameters, step }, { migrationId }) => ({
    container: parameters.container,
    ...transformSelection(parameters, { migrationId, step, way: "up" }),
  }),
  verify,
};

/** A stamp's cycle is not known here, so stamped documents cannot be told from those that an old application has written since. */
async function verify(
  { parameters }: TransformDocumentsOperation,
  context: EstimateContext,
): Promise<VerifyFindings> {
  const { container, isDone, stamps } = parameters;
  if (stamps !== "none") return [];
  const selection = transformSelection(parameters, undefined);
  const count = await countDocuments(context.database.container(container), {
    selection,
    isOpen: isOpenOf(parameters, { onFailure: "throw" }),
    context,
  });
  const criterion = isDone === undefined ? `, by \`${selection?.where}\`` : "";
  return count === 0 ? [] : [`Documents of "${container}" still to be transformed: ${count}${criterion}`];
}

/** While planning, documents may still wait for an earlier migration, and be none that `isDone` understands. */
function isOpenOf(
  { isDone }: TransformDocumentsParameters,
  { onFailure }: { readonly onFailure: "open" | "throw" },
): IsOpen | undefined {
  if (isDone === undefined) return undefined;
  return ({ [TRACE_PROPERTY]: _, ...document }) => {
    try {
      return !isDone(document);
    } catch (error) {
      if (onFailure === "throw") throw error;
      return true;
    }
  };
}

/** The way that it is to go and the way back, which has to be possible as well when it is needed. */
function waysOf(operation: TransformDocumentsOperation): readonly TransformDocumentsParameters[] {
  const { parameters } = operation;
  const inverse = parameters.direction === "up" ? operation.invert() : undefined;
  return isTransform(inverse) ? [parameters, inverse.parameters] : [parameters];
}

function isTransform(operation: Operation | undefined): operation is TransformDocumentsOperation {
  return operation?.kind === "transformDocuments";
}

/** @throws {CosmigError} with code `operation-refused` when nothing tells a transformed document from the others */
function requireConvergence(
  { container, where, isDone, stamps, direction }: TransformDocumentsParameters,
): void {
  if (where !== undefined || isDone !== undefined || stamps !== "none") return;
  const action = direction === "up" ? "transform" : "transform back";
  throw new CosmigError(
    "operation-refused",
    `Cannot ${action} documents of "${container}" as nothing tells which are transformed: ` +
      "a run that is interrupted and resumed would transform them twice",
    {
      hint: "Select only documents that still need work with `where`, or set `mark: true`, or give `isDone`",
    },
  );
}

async function requireLookupsFit(
  { parameters }: TransformDocumentsOperation,
  context: EstimateContext,
): Promise<void> {
  for (const lookup of Object.values(parameters.lookups)) {
    if (lookup.mode !== "load") continue;
    requireFit(lookup, await countLookup(lookup, context));
  }
}
