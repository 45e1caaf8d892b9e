import { Buffer } from "node:buffer";
import { isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { badRequest, GatewayError } from "./gateway_error.ts";
import { isNestedWithin } from "./message.ts";
import type { Container } from "./store/container.ts";
import { isTtl } from "./store/container_definition.ts";
import type { DocumentInput } from "./store/document_store.ts";
import { partitionKeyOf, type PartitionKeyValue } from "./store/partition_key.ts";

const MAX_DOCUMENT_BYTES = 2 * 1_024 * 1_024;
const MAX_ID_BYTES = 1_023;
const MAX_NESTING = 128;
const SYSTEM_PROPERTIES = ["_rid", "_self", "_etag", "_attachments", "_ts"];

/**
 * Checks a document that is to be stored, and takes its system properties off.
 *
 * @throws GatewayError (400, 413)
 */
export function documentInput(
  value: JsonValue | undefined,
  { container, partition }: { readonly container: Container; readonly partition: PartitionKeyValue },
): DocumentInput {
  const body = objectBody(value);
  const document = Object.fromEntries(
    Object.entries(body).filter(([name]) => !SYSTEM_PROPERTIES.includes(name)),
  );
  const { id, ttl } = document;
  if (typeof id !== "string" || id === "") {
    throw badRequest("The input content is invalid because the required properties - 'id; ' - are missing");
  }
  if (Buffer.byteLength(id) > MAX_ID_BYTES) throw badRequest("The id of the document is invalid");
  if (partitionKeyOf(document, container.documents.scheme).text !== partition.text) {
    throw new GatewayError(
      400,
      "PartitionKey extracted from document doesn't match the one specified in the header",
      { substatus: 1001 },
    );
  }
  if (ttl !== undefined && container.documents.defaultTtl !== undefined && !isTtl(ttl)) {
    throw badRequest("The ttl of the document must be -1 or a positive number of seconds");
  }
  if (!isNestedWithin(document, MAX_NESTING)) {
    throw badRequest(`The document is nested deeper than ${MAX_NESTING} levels`);
  }
  const text = JSON.stringify(document);
  if (text.length > MAX_DOCUMENT_BYTES / 3 && Buffer.byteLength(text) > MAX_DOCUMENT_BYTES) {
    throw new GatewayError(413, "Request size is too large");
  }
  return { partition, id, document, text, ttlSeconds: isTtl(ttl) ? ttl : 0 };
}

/** @throws GatewayError (400) when a body is no JSON object */
export function objectBody(body: JsonValue | undefined): JsonObject {
  if (!isJsonObject(body)) throw badRequest("The document must be a JSON object");
  return body;
}
