import { parsePartitionKeyPaths, partitionKeyOf } from "../bulk/document_key.ts";
import { compileSelection } from "../bulk/selection.ts";
import type { StoredDocument } from "../cosmos/port.ts";
import type { DeleteDocumentsOperation } from "../definition/delete_documents.ts";
import { countDocuments, estimateDocuments } from "./documents/estimate_documents.ts";
import { propertiesOf } from "./_container_settings.ts";
import { type DocumentGoal, GoalReacher } from "./_reach_goals.ts";
import { sweep } from "./_sweep.ts";
import type { OperationHandler } from "./handler.ts";

/** Deletes what a condition selects. */
export const deleteDocumentsHandler: OperationHandler<DeleteDocumentsOperation> = {
  kind: "deleteDocuments",
  estimate: ({ parameters: { container, where } }, context) =>
    estimateDocuments({ container, selection: { where, parameters: {} } }, context),
  apply: async ({ parameters }, context) => {
    const properties = await propertiesOf({ ...parameters, action: "delete documents" }, context);
    const names = parsePartitionKeyPaths(properties.partitionKeyPaths);
    const selection = compileSelection(parameters);
    const container = context.database.container(parameters.container);
    const reacher = new GoalReacher({ container, action: "delete", context });
    return await sweep({
      container,
      containerRid: properties.rid,
      selection,
      read: ["id", "_etag", ...names.flatMap((path) => path.slice(0, 1))],
      page: (rows) =>
        reacher.reach(rows.map((row): DocumentGoal => ({
          id: String(row["id"]),
          partitionKey: partitionKeyOf(row, names),
          first: { kind: "known", document: row as StoredDocument },
          decide: (found) => {
            if (found === undefined || (found !== row && !selection.matches(found))) return undefined;
            const partitionKey = partitionKeyOf(row, names);
            return { kind: "delete", id: found.id, partitionKey, ifMatch: found._etag };
          },
        }))),
    }, context);
  },
  selection: ({ parameters: { container, where } }) => ({ container, where }),
  verify: async ({ parameters: { container, where } }, context) => {
    const selection = { where, parameters: {} };
    const count = await countDocuments(context.database.container(container), { selection, context });
    return count === 0 ? [] : [`${count} documents of "${container}" still meet \`${where}\``];
  },
};
