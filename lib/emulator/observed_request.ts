import type { IncomingRequest } from "./exchange.ts";
import type { Headers, OperationKind, ResourceKind, Route } from "./route.ts";

/** A request as hooks and fault rules see it. */
export interface ObservedRequest {
  /** 1 for the first request since the start; requests are counted when they have arrived as a whole. */
  readonly n: number;
  readonly method: string;
  readonly path: string;
  /** `undefined` when the path names no resource. */
  readonly resource: ResourceKind | undefined;
  readonly operation: OperationKind | undefined;
  /** Name or `_rid`, as in the path. */
  readonly database: string | undefined;
  readonly container: string | undefined;
  readonly id: string | undefined;
  /** Names in lower case. */
  readonly headers: Headers;
  readonly body: string;
}

/** The answer to a request as hooks see it. */
export interface ObservedAnswer {
  readonly status: number;
  readonly substatus?: number | undefined;
  /** JSON text. */
  readonly text: string;
  /** Request units. */
  readonly charge: number;
}

/** Describes a request for hooks and rules. */
export function observe(
  incoming: IncomingRequest,
  { n, route }: { readonly n: number; readonly route: Route | undefined },
): ObservedRequest {
  return {
    n,
    method: incoming.method,
    path: incoming.target.split("?", 1)[0]!,
    resource: route?.resource,
    operation: route?.operation,
    database: route?.database,
    container: route?.container,
    id: route?.id,
    headers: incoming.headers,
    body: incoming.text ?? "",
  };
}
