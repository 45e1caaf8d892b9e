import { isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { badRequest, type GatewayError } from "./gateway_error.ts";
import type { Fault } from "./fault.ts";
import type { Headers, Route } from "./route.ts";
import type { PhysicalRange } from "./store/physical_range.ts";

/** A request that was received as a whole. */
export interface GatewayRequest {
  readonly method: string;
  readonly route: Route;
  readonly headers: Headers;
  /** Body as text, `""` for none. */
  readonly text: string;
  /** Makes single operations of a batch or bulk request fail. */
  readonly operationFaults?: OperationFaults | undefined;
}

/** A fault on operations, with the random numbers that choose among them. */
export interface OperationFaults {
  readonly fault: Fault & { readonly kind: "operation-answer" };
  readonly random: () => number;
}

/** An answer before it is sent. */
export interface Answer {
  readonly status: number;
  readonly substatus?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** JSON text, `""` for none. */
  readonly text: string;
  /** Request units. */
  readonly charge: number;
  /** The physical partition that did the work. */
  readonly range?: PhysicalRange | undefined;
}

/** The body of a request. @throws GatewayError (400) when it is not JSON */
export function bodyValue(request: GatewayRequest): JsonValue {
  try {
    return JSON.parse(request.text);
  } catch {
    throw badRequest("The request body is not valid JSON");
  }
}

/** More than any definition or parameter needs, and less than recursive work on a value can bear. */
const MAX_NESTING = 500;

/** The body of a request that is no document. @throws GatewayError (400) when it is not a JSON object, or nested too deeply */
export function bodyObject(request: GatewayRequest): JsonObject {
  const value = bodyValue(request);
  if (!isJsonObject(value)) throw badRequest("The request body must be a JSON object");
  if (!isNestedWithin(value, MAX_NESTING)) {
    throw badRequest(`The request body is nested deeper than ${MAX_NESTING} levels`);
  }
  return value;
}

/** Whether a value has at most so many levels of arrays and objects. */
export function isNestedWithin(value: JsonValue | undefined, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((member) => isNestedWithin(member, levels - 1));
}

/** An answer with one resource. */
export function resourceAnswer(
  status: number,
  resource: JsonObject,
  options: { readonly charge: number; readonly headers?: Readonly<Record<string, string>> },
): Answer {
  return {
    status,
    text: JSON.stringify(resource),
    charge: options.charge,
    headers: { etag: String(resource._etag), ...options.headers },
  };
}

/** A page of resources under the member name that their kind has. */
export function feedAnswer(
  name: string,
  resources: readonly JsonValue[],
  options: { readonly rid: string; readonly charge: number },
): Answer {
  return {
    status: 200,
    text: JSON.stringify({ _rid: options.rid, [name]: resources, _count: resources.length }),
    charge: options.charge,
    headers: { "x-ms-item-count": String(resources.length) },
  };
}

const DEFAULT_PAGE_SIZE = 100;
const DYNAMIC_PAGE_SIZE = 1_000;

/** How many items a page may have; -1 leaves it to the service. @throws GatewayError (400) */
export function pageSize(headers: Headers): number {
  const text = headers["x-ms-max-item-count"];
  if (text === undefined) return DEFAULT_PAGE_SIZE;
  if (text === "-1") return DYNAMIC_PAGE_SIZE;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) {
    throw badRequest(`The page size "${text.slice(0, 50)}" is invalid`);
  }
  return count;
}

/** The answer to a request that was refused. */
export function refusalAnswer(error: GatewayError, charge: number): Answer {
  return {
    status: error.status,
    substatus: error.substatus,
    headers: error.headers,
    text: error.status === 304
      ? ""
      : JSON.stringify({ code: codeOf(error.status), message: error.message, ...error.body }),
    charge,
  };
}

const CODES: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  408: "RequestTimeout",
  409: "Conflict",
  410: "Gone",
  412: "PreconditionFailed",
  413: "RequestEntityTooLarge",
  429: "TooManyRequests",
  449: "RetryWith",
  500: "InternalServerError",
  503: "ServiceUnavailable",
};

function codeOf(status: number): string {
  return CODES[status] ?? "Error";
}
