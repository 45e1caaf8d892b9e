import { isJsonObject, jsonEquals, type JsonObject, type JsonValue } from "../base/json.ts";
import type {
  AddCompositeIndexOperation,
  CompositeIndexParameters,
  RemoveCompositeIndexOperation,
} from "../definition/composite_index.ts";
import { compositeIndexesOf } from "../definition/indexing_policy.ts";
import {
  applySettings,
  estimateSettings,
  type SettingsChange,
  verifySettings,
} from "./_container_settings.ts";
import type { OperationHandler } from "./handler.ts";
import { INDEX_NOTES } from "./set_indexing_policy.ts";

/** Adds a composite index. */
export const addCompositeIndexHandler: OperationHandler<AddCompositeIndexOperation> = {
  kind: "addCompositeIndex",
  estimate: ({ parameters }, context) =>
    estimateSettings(adding(parameters), { ...context, notes: INDEX_NOTES }),
  apply: ({ parameters }, context) => applySettings(adding(parameters), context),
  verify: ({ parameters }, context) => verifySettings(adding(parameters), context),
};

/** Removes a composite index. */
export const removeCompositeIndexHandler: OperationHandler<RemoveCompositeIndexOperation> = {
  kind: "removeCompositeIndex",
  estimate: ({ parameters }, context) =>
    estimateSettings(removing(parameters), {
      ...context,
      notes: ["queries that order by these properties may fail from then on"],
    }),
  apply: ({ parameters }, context) => applySettings(removing(parameters), context),
  verify: ({ parameters }, context) => verifySettings(removing(parameters), context),
};

function adding({ container, index, position }: CompositeIndexParameters): SettingsChange {
  return {
    container,
    action: "add a composite index",
    note: (definition) => noteOf(definition, index),
    change: (definition) => {
      if (positionOf(definition, index) >= 0) return undefined;
      const others = listOf(definition);
      return withIndexes(definition, others.toSpliced(position ?? others.length, 0, index));
    },
  };
}

function removing({ container, index }: CompositeIndexParameters): SettingsChange {
  return {
    container,
    action: "remove a composite index",
    note: (definition) => noteOf(definition, index),
    change: (definition) => {
      const position = positionOf(definition, index);
      return position < 0 ? undefined : withIndexes(definition, listOf(definition).toSpliced(position, 1));
    },
  };
}

function noteOf(definition: JsonObject, index: readonly JsonObject[]): JsonValue {
  const position = positionOf(definition, index);
  return { position: position < 0 ? null : position };
}

function positionOf({ indexingPolicy }: JsonObject, index: readonly JsonObject[]): number {
  return compositeIndexesOf(indexingPolicy).findIndex((other) => jsonEquals(other, index));
}

/** The list as it is written, since the other indexes are none of our business. */
function listOf({ indexingPolicy }: JsonObject): readonly JsonValue[] {
  const list = isJsonObject(indexingPolicy) ? indexingPolicy["compositeIndexes"] : undefined;
  return Array.isArray(list) ? list : [];
}

function withIndexes(definition: JsonObject, compositeIndexes: readonly JsonValue[]): JsonObject {
  const { compositeIndexes: _, ...policy } = isJsonObject(definition["indexingPolicy"])
    ? definition["indexingPolicy"]
    : {};
  return {
    ...definition,
    indexingPolicy: compositeIndexes.length === 0 ? policy : { ...policy, compositeIndexes },
  };
}
