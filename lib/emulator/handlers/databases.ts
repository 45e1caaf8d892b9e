import { METADATA_CHARGE } from "../charges.ts";
import type { GatewayContext } from "../context.ts";
import { notFound } from "../gateway_error.ts";
import { type Answer, bodyObject, feedAnswer, type GatewayRequest, resourceAnswer } from "../message.ts";
import type { Database } from "../store/database.ts";
import { throughputFromHeaders } from "../store/throughput.ts";

/** `POST /dbs` */
export function createDatabase(request: GatewayRequest, context: GatewayContext): Answer {
  const throughput = throughputFromHeaders(request.headers);
  const database = context.account.createDatabase(bodyObject(request).id, throughput);
  return resourceAnswer(201, database.resource(), { charge: METADATA_CHARGE });
}

/** `GET /dbs` */
export function listDatabases(_request: GatewayRequest, context: GatewayContext): Answer {
  const resources = [...context.account.databases.values()].map((database) => database.resource());
  return feedAnswer("Databases", resources, { rid: "", charge: METADATA_CHARGE });
}

/** `POST /dbs` with a query */
export function queryDatabases(request: GatewayRequest, context: GatewayContext): Answer {
  const resources = [...context.account.databases.values()].map((database) => database.resource());
  const rows = context.engine.rows(bodyObject(request), {
    documents: resources,
    nowMs: context.clock.wallMs(),
  });
  return feedAnswer("Databases", rows, { rid: "", charge: METADATA_CHARGE });
}

/** `GET /dbs/{id}` */
export function readDatabase(request: GatewayRequest, context: GatewayContext): Answer {
  return resourceAnswer(200, existing(request, context).resource(), { charge: METADATA_CHARGE });
}

/** `DELETE /dbs/{id}` */
export function deleteDatabase(request: GatewayRequest, context: GatewayContext): Answer {
  context.account.databases.delete(existing(request, context).id);
  return { status: 204, text: "", charge: METADATA_CHARGE };
}

function existing(request: GatewayRequest, context: GatewayContext): Database {
  const database = context.account.database(request.route.database ?? "");
  if (database === undefined) throw notFound();
  return database;
}
