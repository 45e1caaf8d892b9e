import { runPass } from "../bulk/run_pass.ts";
import { compileSelection } from "../bulk/selection.ts";
import { CosmigError } from "../base/errors.ts";
import type { ContainerProperties } from "../cosmos/port.ts";
import { pathsOfEdit } from "../definition/edit.ts";
import type { EditDocumentsOperation } from "../definition/edit_documents.ts";
import { countDocuments, estimateDocuments } from "./documents/estimate_documents.ts";
import { editPass, isConversion, selectionOf } from "./documents/edit_pass.ts";
import { ownerOf } from "./documents/touch_pass.ts";
import type { EstimateContext, OperationHandler, VerifyFindings } from "./handler.ts";

/** Edits documents: one read and one conditional write for each. */
export const editDocumentsHandler: OperationHandler<EditDocumentsOperation> = {
  kind: "editDocuments",
  estimate: async (operation, context) => {
    const { parameters } = operation;
    requireConvergence(operation);
    for (const where of [parameters.where, parameters.undoWhere]) compileSelection({ where });
    return await estimateDocuments({
      container: parameters.container,
      selection: selectionOf(parameters, { owner: undefined, purpose: "unfinished" }),
      check: (properties) => requireOtherPaths(operation, properties),
    }, context);
  },
  apply: async (operation, context) => {
    requireConvergence(operation);
    return await runPass(editPass(operation.parameters, ownerOf(operation, context)), context);
  },
  selection: ({ parameters, step }, { migrationId }) => ({
    container: parameters.container,
    ...selectionOf(parameters, { owner: { migrationId, step, way: "up" }, purpose: "to-edit" }),
  }),
  verify,
};

/** A stamp's cycle is not known here, so stamped documents cannot be told from those that an old application has written since. */
async function verify(
  { parameters }: EditDocumentsOperation,
  context: EstimateContext,
): Promise<VerifyFindings> {
  const { container, direction, mark } = parameters;
  if (mark || direction.kind === "down") return [];
  const selection = selectionOf(parameters, { owner: undefined, purpose: "unfinished" });
  const count = await countDocuments(context.database.container(container), { selection, context });
  return count === 0
    ? []
    : [`Documents of "${container}" still to be edited: ${count}, by \`${selection?.where}\``];
}

/** @throws {CosmigError} with code `operation-refused` when nothing tells a converted document from the others */
function requireConvergence({ parameters }: EditDocumentsOperation): void {
  const { container, edits, where, mark, direction } = parameters;
  const conversion = edits.find(isConversion);
  if (direction.kind === "down" || conversion === undefined || where !== undefined || mark) return;
  throw new CosmigError(
    "operation-refused",
    `Cannot convert "${
      pathsOfEdit(conversion).join()
    }" in documents of "${container}" as nothing tells which are converted: ` +
      "a run that is interrupted and resumed would convert them twice",
    { hint: 'Select what is to be converted, such as `where: "IS_STRING(c.price)"`, or set `mark: true`' },
  );
}

/** @throws {CosmigError} with code `operation-refused` when an edit would change the partition key */
function requireOtherPaths(
  { parameters }: EditDocumentsOperation,
  { id, partitionKeyPaths }: ContainerProperties,
): void {
  for (const path of parameters.edits.flatMap(pathsOfEdit)) {
    const key = partitionKeyPaths.find((keyPath) =>
      keyPath === path || keyPath.startsWith(`${path}/`) || path.startsWith(`${keyPath}/`)
    );
    if (key === undefined) continue;
    throw new CosmigError(
      "operation-refused",
      `Cannot edit "${path}" in documents of "${id}" as their partition key cannot change: current value is "${key}"`,
      { hint: "Documents change their partition key with moveToPartition" },
    );
  }
}
