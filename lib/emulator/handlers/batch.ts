import { Buffer } from "node:buffer";
import type { JsonValue } from "../../base/json.ts";
import { parseBatch } from "../batch_body.ts";
import { refusalCharge, round } from "../charges.ts";
import { admit, containerOf, type GatewayContext } from "../context.ts";
import { type DocumentOperation, partitionOfOperation, performOperation } from "../document_operation.ts";
import { refusalOf } from "../fault.ts";
import { badRequest, GatewayError, rangeGone } from "../gateway_error.ts";
import { type Answer, bodyValue, type GatewayRequest } from "../message.ts";
import { isTrue } from "../route.ts";
import { sessionToken } from "../session.ts";
import type { Container } from "../store/container.ts";
import type { PhysicalRange } from "../store/physical_range.ts";
import { isComplete, parsePartitionKey } from "../store/partition_key.ts";

const MAX_BATCH_BYTES = 2 * 1_024 * 1_024;
/** The status of an operation that was not carried out, or taken back, because of another one. */
const FAILED_DEPENDENCY = 424;

/** What became of one operation; the members are those of the wire. */
interface OperationResult {
  readonly statusCode: number;
  readonly subStatusCode?: number;
  readonly requestCharge: number;
  readonly eTag?: string;
  readonly resourceBody?: JsonValue;
  readonly retryAfterMilliseconds?: number;
  readonly message?: string;
}

/** An atomic batch: operations on one logical partition, of which all happen or none. */
export function executeBatch(request: GatewayRequest, context: GatewayContext): Answer {
  const container = containerOf(request, context);
  const operations = parseBatch(bodyValue(request));
  if (Buffer.byteLength(request.text) > MAX_BATCH_BYTES) {
    throw new GatewayError(413, "The batch request is larger than 2 MB");
  }
  const { scheme } = container.documents;
  const partition = parsePartitionKey(request.headers["x-ms-documentdb-partitionkey"] ?? "", scheme);
  if (!isComplete(partition, scheme)) {
    throw badRequest("The partition key must have a value for each of its paths");
  }
  for (const { partitionKey } of operations) {
    if (partitionKey !== undefined && parsePartitionKey(partitionKey, scheme).text !== partition.text) {
      throw badRequest("All operations of an atomic batch must have the partition key of the batch");
    }
  }
  const range = container.documents.ranges.holding(partition.epk);
  admit(request, context, { container, range });

  const partitionKey = request.headers["x-ms-documentdb-partitionkey"];
  const results: OperationResult[] = [];
  const faults = injectedFaults(request);
  try {
    container.documents.transaction(() => {
      for (const operation of operations) {
        const result = faults(results.length) ??
          performOne({ ...operation, partitionKey }, { container, context, request, range });
        results.push(result);
        if (result.statusCode >= 300) throw new BatchFailure();
      }
    });
  } catch (error) {
    if (!(error instanceof BatchFailure)) throw error;
    const failed = results.pop()!;
    const dependent: OperationResult = { statusCode: FAILED_DEPENDENCY, subStatusCode: 0, requestCharge: 0 };
    return batchAnswer(operations.map((_, at) => at === results.length ? failed : dependent), {
      container,
      range,
    });
  }
  return batchAnswer(results, { container, range });
}

/** A bulk request: operations on documents of one physical partition, each for itself. */
export function executeBulk(request: GatewayRequest, context: GatewayContext): Answer {
  const container = containerOf(request, context);
  const operations = parseBatch(bodyValue(request));
  const rangeId = request.headers["x-ms-documentdb-partitionkeyrangeid"];
  if (rangeId === undefined) throw badRequest("A bulk request needs a partition key range id");
  const range = container.documents.ranges.byId(rangeId);
  admit(request, context, { container, range });
  const goesOn = isTrue(request.headers["x-ms-cosmos-batch-continue-on-error"] ?? "true");
  const results: OperationResult[] = [];
  const faults = injectedFaults(request);
  let stopped = false;
  for (const operation of operations) {
    const result: OperationResult = stopped
      ? { statusCode: FAILED_DEPENDENCY, requestCharge: 0 }
      : faults(results.length) ?? performOne(operation, { container, context, request, range });
    results.push(result);
    stopped ||= !goesOn && result.statusCode >= 400;
  }
  return batchAnswer(results, { container, range });
}

/** Ends the transaction of a batch; never leaves this file. */
class BatchFailure extends Error {}

interface Target {
  readonly container: Container;
  readonly context: GatewayContext;
  readonly request: GatewayRequest;
  readonly range: PhysicalRange;
}

function performOne(operation: DocumentOperation, target: Target): OperationResult {
  const { container, context, request, range } = target;
  try {
    const partition = partitionOfOperation(operation, container);
    if (container.documents.ranges.holding(partition.epk) !== range) throw rangeGone(range.id);
    const { status, seen, charge } = performOperation(operation, {
      container,
      partition,
      engine: context.engine,
      nowMs: context.clock.wallMs(),
    });
    const wantsBody = operation.kind === "read" || request.headers.prefer !== "return=minimal";
    return {
      statusCode: status,
      requestCharge: charge,
      ...seen && { eTag: container.etagOf(seen.version) },
      ...seen && wantsBody && { resourceBody: container.documentOf(seen.entry, seen.version) },
    };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return refusedOperation(error);
  }
}

/** The result of an operation that was refused. */
function refusedOperation(error: GatewayError): OperationResult {
  const retryAfter = error.headers["x-ms-retry-after-ms"];
  return {
    statusCode: error.status,
    subStatusCode: error.substatus,
    requestCharge: refusalCharge(error.status),
    message: error.message,
    ...retryAfter !== undefined && { retryAfterMilliseconds: Number(retryAfter) },
  };
}

/** Which operations a fault rule makes fail. */
function injectedFaults({ operationFaults }: GatewayRequest): (index: number) => OperationResult | undefined {
  if (operationFaults === undefined) return () => undefined;
  const { fault, random } = operationFaults;
  const { operations } = fault;
  const fails = (index: number) =>
    operations === "all" ||
    (typeof operations === "number" ? random() < operations : operations.includes(index));
  return (index) => fails(index) ? refusedOperation(refusalOf(fault)) : undefined;
}

function batchAnswer(
  results: readonly OperationResult[],
  target: { readonly container: Container; readonly range: PhysicalRange },
): Answer {
  const isWhole = results.every(({ statusCode }) => statusCode < 300);
  return {
    status: isWhole ? 200 : 207,
    text: JSON.stringify(results),
    charge: round(results.reduce((sum, { requestCharge }) => sum + requestCharge, 0)),
    range: target.range,
    headers: { "x-ms-session-token": sessionToken(target.range, target.container.documents.lsn) },
  };
}
