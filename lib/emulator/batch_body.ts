import { isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";
import type { DocumentOperation } from "./document_operation.ts";
import { badRequest } from "./gateway_error.ts";

const MAX_OPERATIONS = 100;
const KINDS: Readonly<Record<string, DocumentOperation["kind"]>> = {
  Create: "create",
  Upsert: "upsert",
  Read: "read",
  Replace: "replace",
  Patch: "patch",
  Delete: "delete",
};

/** The operations in the body of a batch or bulk request. @throws GatewayError (400) */
export function parseBatch(body: JsonValue): readonly DocumentOperation[] {
  if (!Array.isArray(body) || body.length === 0 || !body.every(isJsonObject)) {
    throw badRequest("The body of a batch must be a list of operations");
  }
  if (body.length > MAX_OPERATIONS) {
    throw badRequest(
      `The batch request has more operations than what is supported: at most ${MAX_OPERATIONS}`,
    );
  }
  return body.map(parseOperation);
}

function parseOperation(operation: JsonObject): DocumentOperation {
  const kind = typeof operation.operationType === "string" && Object.hasOwn(KINDS, operation.operationType)
    ? KINDS[operation.operationType]
    : undefined;
  if (kind === undefined) {
    throw badRequest(`Operation type ${JSON.stringify(operation.operationType)} is not supported`);
  }
  return {
    kind,
    id: optionalText(operation, "id"),
    body: operation.resourceBody,
    partitionKey: optionalText(operation, "partitionKey"),
    ifMatch: optionalText(operation, "ifMatch"),
    ifNoneMatch: optionalText(operation, "ifNoneMatch"),
  };
}

function optionalText(operation: JsonObject, name: string): string | undefined {
  const value = operation[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw badRequest(`Member "${name}" of a batch operation must be text`);
  return value;
}
