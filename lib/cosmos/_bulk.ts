import { isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";
import type { DocumentWrite, PartitionKey, WriteResult } from "./port.ts";

/** The operations of a bulk request, as they go over the wire. */
export function bulkOperations(writes: readonly DocumentWrite[]): readonly JsonObject[] {
  return writes.map((write) => ({
    ...operation(write),
    partitionKey: encodePartitionKey(write.partitionKey),
  }));
}

/** JSON text; a missing component is an empty object. */
export function encodePartitionKey(partitionKey: PartitionKey): string {
  return JSON.stringify(partitionKey.map((component) => component === undefined ? {} : component));
}

/** One result a write, in order; `undefined` when the answer is none to these writes. */
export function bulkResults(body: JsonValue | undefined, count: number): readonly WriteResult[] | undefined {
  if (!Array.isArray(body) || body.length !== count || !body.every(isJsonObject)) return undefined;
  return body.map((result) => ({
    status: Number(result["statusCode"] ?? 0),
    substatus: Number(result["subStatusCode"] ?? 0),
    etag: typeof result["eTag"] === "string" ? result["eTag"] : undefined,
    charge: Number(result["requestCharge"] ?? 0),
    retryAfterMs: typeof result["retryAfterMilliseconds"] === "number"
      ? result["retryAfterMilliseconds"]
      : undefined,
    message: typeof result["message"] === "string" ? result["message"] : undefined,
  }));
}

/** The results when nobody knows: every write may have taken effect, or may still. */
export function lostResults(count: number, message: string): readonly WriteResult[] {
  const lost = { status: 0, substatus: 0, etag: undefined, charge: 0, retryAfterMs: undefined, message };
  return Array.from({ length: count }, () => lost);
}

function operation(write: DocumentWrite): JsonObject {
  switch (write.kind) {
    case "create":
      return { operationType: "Create", resourceBody: write.document };
    case "upsert":
      return { operationType: "Upsert", resourceBody: write.document };
    case "replace":
      return {
        operationType: "Replace",
        id: write.id,
        ifMatch: write.ifMatch,
        resourceBody: write.document,
      };
    case "patch": {
      const operations = write.operations.map((patch) => ({ ...patch }));
      return {
        operationType: "Patch",
        id: write.id,
        ifMatch: write.ifMatch,
        resourceBody: {
          operations,
          ...(write.condition === undefined ? {} : { condition: write.condition }),
        },
      };
    }
    case "delete":
      return { operationType: "Delete", id: write.id, ifMatch: write.ifMatch };
  }
}
