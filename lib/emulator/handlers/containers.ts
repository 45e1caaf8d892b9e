import { METADATA_CHARGE } from "../charges.ts";
import { databaseOf, type GatewayContext } from "../context.ts";
import { GatewayError, notFound, preconditionFailed } from "../gateway_error.ts";
import { type Answer, bodyObject, feedAnswer, type GatewayRequest, resourceAnswer } from "../message.ts";
import { isTrue } from "../route.ts";
import type { Container } from "../store/container.ts";
import { etagMatches } from "../store/etag.ts";
import { throughputFromHeaders } from "../store/throughput.ts";

/** `POST /dbs/{db}/colls` */
export function createContainer(request: GatewayRequest, context: GatewayContext): Answer {
  const database = databaseOf(request, context);
  const container = context.account.createContainer(database, bodyObject(request), {
    throughput: throughputFromHeaders(request.headers),
  });
  return containerAnswer(201, container, request);
}

/** `GET /dbs/{db}/colls` */
export function listContainers(request: GatewayRequest, context: GatewayContext): Answer {
  const database = databaseOf(request, context);
  const resources = [...database.containers.values()].map((container) => container.resource());
  return feedAnswer("DocumentCollections", resources, { rid: database.rid, charge: METADATA_CHARGE });
}

/** `POST /dbs/{db}/colls` with a query */
export function queryContainers(request: GatewayRequest, context: GatewayContext): Answer {
  const database = databaseOf(request, context);
  const documents = [...database.containers.values()].map((container) => container.resource());
  const rows = context.engine.rows(bodyObject(request), { documents, nowMs: context.clock.wallMs() });
  return feedAnswer("DocumentCollections", rows, { rid: database.rid, charge: METADATA_CHARGE });
}

/** `GET /dbs/{db}/colls/{id}` */
export function readContainer(request: GatewayRequest, context: GatewayContext): Answer {
  const container = existing(request, context);
  const ifNoneMatch = request.headers["if-none-match"];
  if (ifNoneMatch !== undefined && etagMatches(ifNoneMatch, container.etag)) {
    throw new GatewayError(304, "Not modified", { headers: { etag: container.etag } });
  }
  return containerAnswer(200, container, request);
}

/** `PUT /dbs/{db}/colls/{id}` */
export function replaceContainer(request: GatewayRequest, context: GatewayContext): Answer {
  const container = existing(request, context);
  checkIfMatch(request, container);
  container.replace(bodyObject(request));
  return containerAnswer(200, container, request);
}

/** `DELETE /dbs/{db}/colls/{id}` */
export function deleteContainer(request: GatewayRequest, context: GatewayContext): Answer {
  const container = existing(request, context);
  checkIfMatch(request, container);
  databaseOf(request, context).containers.delete(container.id);
  return { status: 204, text: "", charge: METADATA_CHARGE };
}

function checkIfMatch(request: GatewayRequest, container: Container): void {
  const ifMatch = request.headers["if-match"];
  if (ifMatch !== undefined && !etagMatches(ifMatch, container.etag)) throw preconditionFailed();
}

function existing(request: GatewayRequest, context: GatewayContext): Container {
  const container = databaseOf(request, context).container(request.route.container ?? "");
  if (container === undefined) throw notFound();
  return container;
}

function containerAnswer(status: number, container: Container, request: GatewayRequest): Answer {
  const count = container.documents.count;
  const quota: Record<string, string> = isTrue(request.headers["x-ms-documentdb-populatequotainfo"])
    ? {
      "x-ms-resource-quota":
        "documentSize=10240;documentsSize=10485760;documentsCount=-1;collectionSize=10485760;",
      "x-ms-resource-usage": `documentSize=0;documentsSize=0;documentsCount=${count};collectionSize=0;`,
    }
    : {};
  return resourceAnswer(status, container.resource(), {
    charge: METADATA_CHARGE,
    headers: {
      ...quota,
      "x-ms-documentdb-collection-index-transformation-progress": String(container.indexProgress()),
    },
  });
}
