import { CosmigError } from "../base/errors.ts";
import { isJsonObject } from "../base/json.ts";
import type { DeleteContainerOperation } from "../definition/delete_container.ts";
import { countDocuments } from "./documents/estimate_documents.ts";
import { ifExists, NO_DOCUMENT_WORK } from "./_container_settings.ts";
import type { OperationHandler } from "./handler.ts";

/** Deletes a container. */
export const deleteContainerHandler: OperationHandler<DeleteContainerOperation> = {
  kind: "deleteContainer",
  estimate: async ({ parameters }, context) => {
    const container = context.database.container(parameters.container);
    await container.properties(context);
    const documents = context.count === "none"
      ? undefined
      : await countDocuments(container, { selection: undefined, context });
    return { documents, requestUnits: 0, notes: ["scripts and settings of the container go as well"] };
  },
  apply: async ({ parameters: { container } }, context) => {
    const { database, signal, captured, log } = context;
    const noted = isJsonObject(captured) ? String(captured["rid"]) : undefined;
    const found = await ifExists(() => database.container(container).properties({ signal }));
    if (noted === undefined && found === undefined) {
      throw new CosmigError(
        "resource-missing",
        `Cannot delete the container "${container}" as the database "${database.id}" has no such container`,
        { hint: "Set ifContainerExists: true to skip the step then", details: { container } },
      );
    }
    const rid = noted ?? found?.rid ?? "";
    if (noted === undefined && found !== undefined) {
      await context.capture({ rid, definition: found.definition });
    }
    if (found !== undefined && found.rid !== rid) {
      log(`The container "${container}" that is there now is another one, and stays`);
    }
    await database.deleteContainer(rid, { signal });
    return NO_DOCUMENT_WORK;
  },
  verify: async ({ parameters: { container } }, { database, signal }) => {
    const found = await ifExists(() => database.container(container).properties({ signal }));
    return found === undefined ? [] : [`A container "${container}" exists (again)`];
  },
};
