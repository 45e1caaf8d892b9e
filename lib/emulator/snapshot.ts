import type { JsonObject } from "../base/json.ts";
import type { Container } from "./store/container.ts";

/** All documents of a container with their system properties, in the order of their creation. */
export function documentsOf(container: Container): readonly JsonObject[] {
  return container.documents.ranges.all
    .flatMap((range) => [...range.documents.after(-1)])
    .filter((entry) => container.documents.isAlive(entry))
    .sort((left, right) => left.number - right.number)
    .map((entry) => container.documentOf(entry));
}

/** A container as it would be written in a seed. */
export function containerSnapshot(container: Container): JsonObject {
  const { partitionKey, uniqueKeyPolicy, defaultTtl, indexingPolicy } = container.definition;
  const uniqueKeys =
    (uniqueKeyPolicy as { readonly uniqueKeys: readonly { readonly paths: readonly string[] }[] })
      .uniqueKeys.map(({ paths }) => paths);
  return {
    partitionKey: partitionKey.paths.length === 1 ? partitionKey.paths[0]! : partitionKey.paths,
    ...uniqueKeys.length > 0 && { uniqueKeys },
    ...typeof defaultTtl === "number" && { defaultTtl },
    indexingPolicy,
    ...container.throughput?.kind === "manual" && { throughput: container.throughput.ruPerSecond },
    documents: documentsOf(container).map(withoutSystemProperties).toSorted(byIdentity),
  };
}

function withoutSystemProperties(document: JsonObject): JsonObject {
  const { _rid, _self, _etag, _attachments, _ts, ...rest } = document;
  return rest;
}

function byIdentity(left: JsonObject, right: JsonObject): number {
  const [one, other] = [JSON.stringify([left.id, left]), JSON.stringify([right.id, right])];
  return one < other ? -1 : one > other ? 1 : 0;
}
