import { admit, containerOf, type GatewayContext, viewOf } from "../context.ts";
import { type DocumentOperation, partitionOfOperation, performOperation } from "../document_operation.ts";
import { type Answer, bodyValue, type GatewayRequest } from "../message.ts";
import { sessionToken } from "../session.ts";

/** `POST …/docs` */
export function createDocument(request: GatewayRequest, context: GatewayContext): Answer {
  return perform(request, context, { kind: "create", body: bodyValue(request) });
}

/** `POST …/docs` with `x-ms-documentdb-is-upsert` */
export function upsertDocument(request: GatewayRequest, context: GatewayContext): Answer {
  return perform(request, context, { kind: "upsert", body: bodyValue(request) });
}

/** `GET …/docs/{id}` */
export function readDocument(request: GatewayRequest, context: GatewayContext): Answer {
  return perform(request, context, { kind: "read" });
}

/** `PUT …/docs/{id}` */
export function replaceDocument(request: GatewayRequest, context: GatewayContext): Answer {
  return perform(request, context, { kind: "replace", body: bodyValue(request) });
}

/** `PATCH …/docs/{id}` */
export function patchDocument(request: GatewayRequest, context: GatewayContext): Answer {
  return perform(request, context, { kind: "patch", body: bodyValue(request) });
}

/** `DELETE …/docs/{id}` */
export function deleteDocument(request: GatewayRequest, context: GatewayContext): Answer {
  return perform(request, context, { kind: "delete" });
}

function perform(
  request: GatewayRequest,
  context: GatewayContext,
  details: Pick<DocumentOperation, "kind" | "body">,
): Answer {
  const { headers, route } = request;
  const container = containerOf(request, context);
  const named: DocumentOperation = {
    ...details,
    id: route.id,
    partitionKey: headers["x-ms-documentdb-partitionkey"],
    ifMatch: headers["if-match"],
    ifNoneMatch: headers["if-none-match"],
  };
  const partition = partitionOfOperation(named, container);
  const range = container.documents.ranges.holding(partition.epk);
  // In a path of resource ids the document goes by its own, too.
  const isByRid = route.container === container.rid && container.id !== container.rid;
  const id = isByRid ? container.idOfRid(route.id ?? "", range) ?? route.id : route.id;
  const operation = { ...named, id };
  admit(request, context, { container, range });
  const { status, seen, charge } = performOperation(operation, {
    container,
    partition,
    engine: context.engine,
    nowMs: context.clock.wallMs(),
    view: details.kind === "read" ? viewOf(request, { container, range }) : undefined,
  });
  const wantsBody = details.kind === "read" || headers.prefer !== "return=minimal";
  return {
    status,
    charge,
    range,
    text: seen !== undefined && wantsBody ? container.textOf(seen.entry, seen.version) : "",
    headers: {
      ...seen && { etag: container.etagOf(seen.version) },
      "x-ms-session-token": sessionToken(range, container.documents.lsn),
    },
  };
}
