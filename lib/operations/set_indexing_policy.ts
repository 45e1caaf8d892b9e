import { isJsonObject, jsonEquals } from "../base/json.ts";
import { normalizeIndexingPolicy } from "../definition/indexing_policy.ts";
import type { SetIndexingPolicyOperation } from "../definition/set_indexing_policy.ts";
import {
  applySettings,
  estimateSettings,
  type SettingsChange,
  verifySettings,
} from "./_container_settings.ts";
import type { OperationHandler } from "./handler.ts";

/** What every change of an index costs. */
export const INDEX_NOTES: readonly string[] = [
  "the index is built in the background with request units that are left over; queries may be slower until it is done",
];

/** Replaces an indexing policy. */
export const setIndexingPolicyHandler: OperationHandler<SetIndexingPolicyOperation> = {
  kind: "setIndexingPolicy",
  estimate: (operation, context) => estimateSettings(changeOf(operation), { ...context, notes: INDEX_NOTES }),
  apply: (operation, context) => applySettings(changeOf(operation), context),
  verify: (operation, context) => verifySettings(changeOf(operation), context),
};

function changeOf({ parameters }: SetIndexingPolicyOperation): SettingsChange {
  const wanted = normalizeIndexingPolicy(parameters.indexingPolicy);
  return {
    container: parameters.container,
    action: "set the indexing policy",
    note: ({ indexingPolicy }) => ({ previous: indexingPolicy ?? {} }),
    change: (definition) => {
      const { indexingPolicy } = definition;
      const found = normalizeIndexingPolicy(isJsonObject(indexingPolicy) ? indexingPolicy : {});
      return jsonEquals(found, wanted)
        ? undefined
        : { ...definition, indexingPolicy: parameters.indexingPolicy };
    },
  };
}
