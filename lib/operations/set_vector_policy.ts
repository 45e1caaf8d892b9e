import { CosmigError } from "../base/errors.ts";
import { isJsonObject, jsonEquals, type JsonObject, type JsonValue } from "../base/json.ts";
import type { SetVectorPolicyOperation, SetVectorPolicyParameters } from "../definition/set_vector_policy.ts";
import {
  applySettings,
  estimateSettings,
  type SettingsChange,
  verifySettings,
} from "./_container_settings.ts";
import { INDEX_NOTES } from "./set_indexing_policy.ts";
import type { OperationHandler } from "./handler.ts";

/** Adds vector embeddings and their indexes. */
export const setVectorPolicyHandler: OperationHandler<SetVectorPolicyOperation> = {
  kind: "setVectorPolicy",
  estimate: (operation, context) => estimateSettings(changeOf(operation), { ...context, notes: INDEX_NOTES }),
  apply: (operation, context) => applySettings(changeOf(operation), context),
  verify: (operation, context) => verifySettings(changeOf(operation), context),
};

function changeOf({ parameters }: SetVectorPolicyOperation): SettingsChange {
  return {
    container: parameters.container,
    action: "set the vector policy",
    note: ({ indexingPolicy }) => ({ previous: indexingPolicy ?? {} }),
    change: (definition) => {
      const next = {
        ...definition,
        vectorEmbeddingPolicy: withEmbeddings(definition["vectorEmbeddingPolicy"], parameters),
        indexingPolicy: withIndexes(definition["indexingPolicy"], parameters),
      };
      return jsonEquals(next, definition) ? undefined : next;
    },
  };
}

function withEmbeddings(
  policy: JsonValue | undefined,
  { container, embeddings }: SetVectorPolicyParameters,
): JsonObject {
  const found = objectsOf(isJsonObject(policy) ? policy["vectorEmbeddings"] : undefined);
  const added = embeddings.filter((embedding) => {
    const known = found.find(({ path }) => path === embedding.path);
    if (known === undefined) return true;
    if (jsonEquals(known, { ...embedding })) return false;
    throw new CosmigError(
      "operation-refused",
      `Cannot set the vector policy of "${container}" as an embedding cannot be changed in place: current value of "${embedding.path}" is ${
        JSON.stringify(known)
      }`,
      { hint: "Use rebuildContainer with vectorEmbeddings, which is offline", details: { container } },
    );
  });
  return {
    ...(isJsonObject(policy) ? policy : {}),
    vectorEmbeddings: [...found, ...added.map((embedding) => ({ ...embedding }))],
  };
}

/** An index over the numbers of a vector would cost much and serve nobody, so what has a vector index is excluded from the other one. */
function withIndexes(policy: JsonValue | undefined, { indexes }: SetVectorPolicyParameters): JsonObject {
  const found = isJsonObject(policy) ? policy : {};
  if (indexes.length === 0) return found;
  const others = objectsOf(found["vectorIndexes"]).filter(({ path }) =>
    !indexes.some((index) => index.path === path)
  );
  const kept = objectsOf(found["vectorIndexes"]).filter((index) => !others.includes(index));
  const excluded = objectsOf(found["excludedPaths"]);
  const missing = indexes.map(({ path }) => `${path}/*`)
    .filter((path) => !excluded.some((entry) => entry["path"] === path));
  const isDone = kept.length === indexes.length && missing.length === 0 &&
    indexes.every((index) => kept.some(({ path, type }) => path === index.path && type === index.type));
  return isDone ? found : {
    ...found,
    vectorIndexes: [...others, ...indexes.map((index) => ({ ...index }))],
    excludedPaths: [...excluded, ...missing.map((path) => ({ path }))],
  };
}

function objectsOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
