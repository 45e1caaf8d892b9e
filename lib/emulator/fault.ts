import { GatewayError } from "./gateway_error.ts";

/** What goes wrong with a request. */
export type Fault =
  /** The request is refused and has no effect. */
  | FaultAnswer & { readonly kind: "answer" }
  /** Single operations of a bulk request or batch are refused. */
  | FaultAnswer & {
    readonly kind: "operation-answer";
    /** Indexes from 0; a probability for each operation; or all. */
    readonly operations: readonly number[] | number | "all";
  }
  | { readonly kind: "delay"; readonly delayMs: number }
  /** The request has no effect and is never answered. */
  | { readonly kind: "hang" }
  /** The connection is cut, before or after the request takes effect. */
  | { readonly kind: "drop"; readonly moment: "before-commit" | "after-commit" }
  /** The request takes effect, half of the answer is sent, then the connection is cut. */
  | { readonly kind: "truncate" };

/** How the service refuses. */
export interface FaultAnswer {
  readonly status: number;
  readonly substatus?: number | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly message?: string | undefined;
}

const SUBSTATUSES: Readonly<Record<number, number>> = { 410: 1002, 429: 3200 };

/** The refusal that a fault stands for, with the substatus that usually comes with the status. */
export function refusalOf(fault: FaultAnswer): GatewayError {
  const {
    status,
    substatus = SUBSTATUSES[status] ?? 0,
    retryAfterMs,
    message = `Injected fault: status ${status}`,
  } = fault;
  return new GatewayError(status, message, {
    substatus,
    headers: retryAfterMs === undefined ? {} : { "x-ms-retry-after-ms": String(retryAfterMs) },
  });
}
