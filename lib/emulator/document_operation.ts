import type { JsonValue } from "../base/json.ts";
import { readCharge, writeCharge, type WriteKind } from "./charges.ts";
import { documentInput, objectBody } from "./document_input.ts";
import { badRequest, GatewayError, notFound, preconditionFailed, refuseDuplicate } from "./gateway_error.ts";
import { applyPatch, parsePatch } from "./patch.ts";
import type { QueryEngine } from "./query_engine.ts";
import type { Container } from "./store/container.ts";
import type { SeenDocument } from "./store/document_store.ts";
import type { DocumentEntry } from "./store/document_entry.ts";
import { etagMatches } from "./store/etag.ts";
import {
  isComplete,
  parsePartitionKey,
  partitionKeyOf,
  type PartitionKeyValue,
} from "./store/partition_key.ts";
import type { View } from "./store/write_history.ts";

/** What can be done with one document, alone or in a batch. */
export interface DocumentOperation {
  readonly kind: "create" | "upsert" | "read" | "replace" | "patch" | "delete";
  /** Of the document; not for creates and upserts, whose body has it. */
  readonly id?: string | undefined;
  readonly body?: JsonValue | undefined;
  /** The partition key as text of the header; taken from the body when it is missing. */
  readonly partitionKey: string | undefined;
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

/** What became of a document operation. */
export interface DocumentOutcome {
  readonly status: 200 | 201 | 204;
  /** The document that was read or written; not after a delete. */
  readonly seen: SeenDocument | undefined;
  readonly charge: number;
}

/** The partition key of an operation. @throws GatewayError (400) when it is missing, malformed or only a prefix */
export function partitionOfOperation(operation: DocumentOperation, container: Container): PartitionKeyValue {
  const { scheme } = container.documents;
  if (operation.partitionKey === undefined) {
    if (operation.kind === "create" || operation.kind === "upsert") {
      return partitionKeyOf(objectBody(operation.body), scheme);
    }
    throw badRequest("PartitionKey value must be supplied for this operation");
  }
  const partition = parsePartitionKey(operation.partitionKey, scheme);
  if (!isComplete(partition, scheme)) {
    throw badRequest("The partition key must have a value for each of its paths");
  }
  return partition;
}

/** What an operation works on. */
export interface OperationTarget {
  readonly container: Container;
  readonly partition: PartitionKeyValue;
  readonly engine: QueryEngine;
  readonly nowMs: number;
  /** What the reader's session sees; only for reads. */
  readonly view?: View | undefined;
}

/**
 * Carries out one operation; a write has happened when this returns.
 *
 * @throws GatewayError (304, 400, 404, 409, 412, 413)
 */
export function performOperation(operation: DocumentOperation, target: OperationTarget): DocumentOutcome {
  switch (operation.kind) {
    case "create":
      return create(operation, target);
    case "upsert":
      return upsert(operation, target);
    case "read":
      return read(operation, target);
    case "replace":
      return replace(operation, target);
    case "patch":
      return patch(operation, target);
    case "delete":
      return remove(operation, target);
  }
}

function create({ body }: DocumentOperation, target: OperationTarget): DocumentOutcome {
  const { documents } = target.container;
  const input = documentInput(body, target);
  refuseDuplicate(documents.find(target.partition, input.id) !== undefined);
  return written(documents.write(input), "create");
}

/** If-Match is only a condition on a document that exists; without one, the upsert creates it, as the service does. */
function upsert(operation: DocumentOperation, target: OperationTarget): DocumentOutcome {
  const { container } = target;
  const input = documentInput(operation.body, target);
  const existing = container.documents.find(target.partition, input.id);
  if (existing !== undefined) checkConditions(operation, container.etagOf(existing));
  return written(container.documents.write(input, existing), existing ? "replace" : "create");
}

function read(
  { id = "", ifMatch, ifNoneMatch }: DocumentOperation,
  target: OperationTarget,
): DocumentOutcome {
  const { container, partition, view } = target;
  const seen = container.documents.read(partition, { id, view });
  if (seen === undefined) throw notFound();
  const etag = container.etagOf(seen.version);
  if (ifMatch !== undefined && !etagMatches(ifMatch, etag)) throw preconditionFailed();
  if (ifNoneMatch !== undefined && etagMatches(ifNoneMatch, etag)) {
    throw new GatewayError(304, "Not modified", { headers: { etag } });
  }
  return { status: 200, seen, charge: readCharge(seen.version.length) };
}

function replace(operation: DocumentOperation, target: OperationTarget): DocumentOutcome {
  const existing = find(operation, target);
  const input = documentInput(operation.body, target);
  if (input.id !== operation.id) throw badRequest("The id in the body is not the id of the document");
  return written(target.container.documents.write(input, existing), "replace");
}

function patch(operation: DocumentOperation, target: OperationTarget): DocumentOutcome {
  const { container, engine, nowMs } = target;
  const existing = find(operation, target);
  const { condition, operations } = parsePatch(operation.body ?? null);
  const document = container.documentOf(existing);
  if (condition !== undefined && !engine.matches(condition, { document, nowMs })) throw preconditionFailed();
  const input = documentInput(applyPatch(document, operations), target);
  if (input.id !== operation.id) throw badRequest("The id of a document cannot be patched");
  return written(container.documents.write(input, existing), "patch");
}

function remove(operation: DocumentOperation, target: OperationTarget): DocumentOutcome {
  const existing = find(operation, target);
  const charge = writeCharge("delete", existing.length);
  target.container.documents.remove(existing);
  return { status: 204, seen: undefined, charge };
}

function written(entry: DocumentEntry, kind: WriteKind): DocumentOutcome {
  return {
    status: kind === "create" ? 201 : 200,
    seen: { entry, version: entry.current() },
    charge: writeCharge(kind, entry.length),
  };
}

function find(operation: DocumentOperation, { container, partition }: OperationTarget): DocumentEntry {
  const existing = container.documents.find(partition, operation.id ?? "");
  if (existing === undefined) throw notFound();
  checkConditions(operation, container.etagOf(existing));
  return existing;
}

function checkConditions({ ifMatch, ifNoneMatch }: DocumentOperation, etag: string): void {
  if (ifMatch !== undefined && !etagMatches(ifMatch, etag)) throw preconditionFailed();
  if (ifNoneMatch !== undefined && etagMatches(ifNoneMatch, etag)) throw preconditionFailed();
}
