import type { GatewayContext } from "./context.ts";
import { GatewayError } from "./gateway_error.ts";
import { readAccount } from "./handlers/account.ts";
import { runAdminCommand } from "./handlers/admin.ts";
import { executeBatch, executeBulk } from "./handlers/batch.ts";
import { readChangeFeed } from "./handlers/change_feed.ts";
import {
  createContainer,
  deleteContainer,
  listContainers,
  queryContainers,
  readContainer,
  replaceContainer,
} from "./handlers/containers.ts";
import {
  createDatabase,
  deleteDatabase,
  listDatabases,
  queryDatabases,
  readDatabase,
} from "./handlers/databases.ts";
import {
  createDocument,
  deleteDocument,
  patchDocument,
  readDocument,
  replaceDocument,
  upsertDocument,
} from "./handlers/documents.ts";
import { listDocuments } from "./handlers/list_documents.ts";
import { listOffers, queryOffers, readOffer, replaceOffer } from "./handlers/offers.ts";
import { planQuery, queryDocuments } from "./handlers/query.ts";
import { listRanges } from "./handlers/ranges.ts";
import {
  createScript,
  deleteScript,
  listScripts,
  queryScripts,
  readScript,
  replaceScript,
} from "./handlers/scripts.ts";
import type { Answer, GatewayRequest } from "./message.ts";
import type { OperationKind, ResourceKind } from "./route.ts";

/**
 * Carries out one request. Synchronous, so that nothing happens between what it reads and what it writes.
 *
 * @throws GatewayError when the request is refused; then nothing has changed
 */
export type Handler = (request: GatewayRequest, context: GatewayContext) => Answer;

const HANDLERS: Readonly<Record<ResourceKind, Readonly<Partial<Record<OperationKind, Handler>>>>> = {
  account: { read: readAccount },
  database: {
    create: createDatabase,
    list: listDatabases,
    query: queryDatabases,
    read: readDatabase,
    delete: deleteDatabase,
  },
  container: {
    create: createContainer,
    list: listContainers,
    query: queryContainers,
    read: readContainer,
    replace: replaceContainer,
    delete: deleteContainer,
  },
  range: { list: listRanges },
  document: {
    create: createDocument,
    upsert: upsertDocument,
    list: listDocuments,
    read: readDocument,
    replace: replaceDocument,
    patch: patchDocument,
    delete: deleteDocument,
    query: queryDocuments,
    "query-plan": planQuery,
    "change-feed": readChangeFeed,
    batch: executeBatch,
    bulk: executeBulk,
  },
  script: {
    create: createScript,
    list: listScripts,
    query: queryScripts,
    read: readScript,
    replace: replaceScript,
    delete: deleteScript,
  },
  offer: { list: listOffers, query: queryOffers, read: readOffer, replace: replaceOffer },
  admin: { read: runAdminCommand, create: runAdminCommand },
};

/** @throws GatewayError (405) when the resource does not know the operation */
export function handlerOf(
  route: { readonly resource: ResourceKind; readonly operation: OperationKind },
): Handler {
  const handler = HANDLERS[route.resource][route.operation];
  if (handler === undefined) {
    throw new GatewayError(405, `Cannot ${route.operation} a ${route.resource} in the emulator`);
  }
  return handler;
}
