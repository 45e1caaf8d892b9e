import type { JsonObject, JsonValue } from "../../base/json.ts";
import { queryCharge } from "../charges.ts";
import { admit, containerOf, type GatewayContext } from "../context.ts";
import { WHOLE_RANGE } from "../hash/key_ranges.ts";
import { type Answer, bodyObject, type GatewayRequest, pageSize } from "../message.ts";
import { parseQueryBody } from "../query_engine.ts";
import { queryPage, type ReadDocument } from "../query_pages.ts";
import { readContinuation, writeContinuation } from "../query_position.ts";
import { refuseCrossPartition, scanDocuments, type ScanTarget, scanTarget } from "../scan.ts";
import { sessionToken } from "../session.ts";

/** A page of a query over the documents of one physical partition, a part of it, or one partition key. */
export function queryDocuments(request: GatewayRequest, context: GatewayContext): Answer {
  const { engine } = context;
  const { text, parameters } = parseQueryBody(bodyObject(request));
  const query = engine.compile(text);
  const target = scanTarget(request, context);
  const { container } = target;
  if (target.ranges.length > 1) refuseCrossPartition(executionInfo(request, context));
  const [range] = target.ranges;
  if (range !== undefined) admit(request, context, { container, range });

  const page = queryPage({
    engine,
    query,
    parameters,
    nowMs: context.clock.wallMs(),
    position: readContinuation(request.headers["x-ms-continuation"], container.rid),
    pageSize: pageSize(request.headers),
    documents: (after) => readDocuments(target, { after, request }),
  });
  return {
    status: 200,
    charge: queryCharge(page.bytesRead),
    range,
    text: feedText(container.rid, page.rows),
    headers: {
      "x-ms-item-count": String(page.rows.length),
      ...page.next && { "x-ms-continuation": writeContinuation(page.next, container.rid) },
      ...range && { "x-ms-session-token": sessionToken(range, container.documents.lsn) },
    },
  };
}

/** What clients need to run a query over several physical partitions. */
export function planQuery(request: GatewayRequest, context: GatewayContext): Answer {
  containerOf(request, context);
  return { status: 200, charge: 0, text: JSON.stringify(executionInfo(request, context)) };
}

function executionInfo(request: GatewayRequest, { engine, clock }: GatewayContext): JsonObject {
  const { text, parameters } = parseQueryBody(bodyObject(request));
  const queryInfo = engine.plan(engine.compile(text), { parameters, nowMs: clock.wallMs() });
  const { minInclusive: min, maxExclusive: max } = WHOLE_RANGE;
  return {
    partitionedQueryExecutionInfoVersion: 2,
    queryInfo,
    queryRanges: [{ min, max, isMinInclusive: true, isMaxInclusive: false }],
  };
}

function* readDocuments(
  target: ScanTarget,
  options: { readonly after: number; readonly request: GatewayRequest },
): Generator<ReadDocument> {
  for (const { entry, version } of scanDocuments(target, options)) {
    yield {
      number: entry.number,
      bytes: version.length,
      value: () => target.container.documentOf(entry, version),
    };
  }
}

function feedText(rid: string, rows: readonly JsonValue[]): string {
  return `{"_rid":${JSON.stringify(rid)},"Documents":${JSON.stringify(rows)},"_count":${rows.length}}`;
}
