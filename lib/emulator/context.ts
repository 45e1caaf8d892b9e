import type { JsonObject } from "../base/json.ts";
import type { EmulatorClock } from "./clock.ts";
import { ownerNotFound } from "./gateway_error.ts";
import type { GatewayRequest } from "./message.ts";
import type { QueryEngine } from "./query_engine.ts";
import { checkSession, sessionLsn } from "./session.ts";
import type { Account } from "./store/account.ts";
import type { Container } from "./store/container.ts";
import type { Database } from "./store/database.ts";
import type { PhysicalRange } from "./store/physical_range.ts";
import { limitOf } from "./store/throughput.ts";
import type { View } from "./store/write_history.ts";
import type { Throttle } from "./throttle.ts";

/** What handlers work with. */
export interface GatewayContext {
  readonly account: Account;
  readonly clock: EmulatorClock;
  readonly engine: QueryEngine;
  /** Enforces provisioned throughput; `undefined` where it is not enforced. */
  readonly throttle: Throttle | undefined;
  /** What the account says about itself: endpoint and consistency. */
  readonly endpoint: () => string;
  readonly consistency: string;
  readonly snapshot: () => JsonObject;
}

/** @throws GatewayError (404/1003) */
export function databaseOf(request: GatewayRequest, context: GatewayContext): Database {
  const database = context.account.database(request.route.database ?? "");
  if (database === undefined) throw ownerNotFound();
  return database;
}

/** @throws GatewayError (404/1003) */
export function containerOf(request: GatewayRequest, context: GatewayContext): Container {
  const container = databaseOf(request, context).container(request.route.container ?? "");
  if (container === undefined) throw ownerNotFound();
  return container;
}

/** @throws GatewayError (429) when the range has no request units left in this second */
export function admit(
  request: GatewayRequest,
  context: GatewayContext,
  target: { readonly container: Container; readonly range: PhysicalRange },
): void {
  if (context.throttle === undefined) return;
  const throughput = target.container.throughput ?? databaseOf(request, context).throughput;
  if (throughput === undefined) return;
  context.throttle.admit(target.range, limitOf(throughput) / target.container.documents.ranges.all.length);
}

/**
 * What the session of a reader sees of a range.
 *
 * @throws GatewayError (404/1002) when the session has seen more than there is
 */
export function viewOf(
  request: GatewayRequest,
  { container, range }: { readonly container: Container; readonly range: PhysicalRange },
): View | undefined {
  const seen = sessionLsn(request.headers["x-ms-session-token"], range);
  checkSession(seen, container.documents.lsn);
  return container.documents.viewAt(seen);
}
