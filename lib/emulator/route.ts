import { badRequest, GatewayError } from "./gateway_error.ts";
import type { ScriptKind } from "./store/script_store.ts";

/** Kinds of resources, as request logs and fault rules name them. */
export type ResourceKind =
  | "account"
  | "database"
  | "container"
  | "range"
  | "document"
  | "script"
  | "offer"
  | "admin";

/** What a request does with its resource. */
export type OperationKind =
  | "create"
  | "upsert"
  | "read"
  | "list"
  | "replace"
  | "patch"
  | "delete"
  | "query"
  | "query-plan"
  | "change-feed"
  | "batch"
  | "bulk";

/** What a request is about. */
export interface Route {
  readonly resource: ResourceKind;
  readonly operation: OperationKind;
  readonly database?: string | undefined;
  readonly container?: string | undefined;
  /** Of the document, script or offer; the command of an admin request. */
  readonly id?: string | undefined;
  readonly scriptKind?: ScriptKind | undefined;
  /** What the signature of the request covers. */
  readonly signed: SignedResource;
}

/** The resource in the signature of a request. */
export interface SignedResource {
  /** First segment of the kind of resource, e.g. `docs`. */
  readonly type: string;
  /** Path of the resource, or of the parent for a request to a feed; all spellings that clients sign. */
  readonly links: readonly string[];
}

/** Headers with lower-case names. */
export type Headers = Readonly<Record<string, string | undefined>>;

const COLLECTION_KINDS: Readonly<Record<string, ResourceKind>> = {
  dbs: "database",
  colls: "container",
  pkranges: "range",
  docs: "document",
  sprocs: "script",
  triggers: "script",
  udfs: "script",
  offers: "offer",
};
const PARENTS: Readonly<Record<string, string>> = {
  dbs: "",
  offers: "",
  colls: "dbs",
  pkranges: "colls",
  docs: "colls",
  sprocs: "colls",
  triggers: "colls",
  udfs: "colls",
};

/**
 * Finds out what a request is about.
 *
 * @param target path with optional query, as the request line has it
 * @throws GatewayError (400, 404, 405) when no such resource or method exists
 */
export function routeOf(method: string, target: string, headers: Headers): Route {
  const path = target.split("?", 1)[0]!.replace(/^\/|\/$/g, "");
  if (path === "") return accountRoute(method);
  const raw = path.split("/");
  const segments = raw.map(decodeSegment);
  if (segments[0] === "_emulator") return adminRoute(method, segments);

  const type = checkNesting(segments);
  const isFeed = segments.length % 2 === 1;
  const resource = COLLECTION_KINDS[type]!;
  const operation = isFeed ? feedOperation(method, resource, headers) : itemOperation(method);
  if (operation === undefined) {
    throw new GatewayError(405, `Method ${method} is not allowed on this resource`);
  }
  const owner = isFeed ? segments.slice(0, -1) : segments;
  return {
    resource,
    operation,
    database: segments[0] === "dbs" ? segments[1] : undefined,
    container: segments[2] === "colls" ? segments[3] : undefined,
    id: isFeed ? undefined : segments.at(-1),
    scriptKind: resource === "script" ? type as ScriptKind : undefined,
    signed: { type, links: linksOf(owner, isFeed ? raw.slice(0, -1) : raw) },
  };
}

function accountRoute(method: string): Route {
  if (method !== "GET") throw new GatewayError(405, `Method ${method} is not allowed on the account`);
  return { resource: "account", operation: "read", signed: { type: "", links: [""] } };
}

function adminRoute(method: string, segments: readonly string[]): Route {
  return {
    resource: "admin",
    operation: method === "GET" ? "read" : "create",
    id: segments.slice(1).join("/"),
    signed: { type: "", links: [""] },
  };
}

/** @returns the kind of the last collection in the path */
function checkNesting(segments: readonly string[]): string {
  let parent = "";
  for (let at = 0; at < segments.length; at += 2) {
    const type = segments[at]!;
    if (PARENTS[type] !== parent) throw new GatewayError(404, "The requested resource does not exist");
    parent = type;
  }
  return parent;
}

function feedOperation(method: string, resource: ResourceKind, headers: Headers): OperationKind | undefined {
  if (method === "GET") return headers["a-im"] === undefined ? "list" : "change-feed";
  if (method !== "POST" || resource === "range") return undefined;
  if (isTrue(headers["x-ms-cosmos-is-query-plan-request"])) return "query-plan";
  if (isQuery(headers)) return "query";
  if (resource === "offer") return undefined;
  if (resource !== "document") return "create";
  if (isTrue(headers["x-ms-cosmos-is-batch-request"])) {
    return isTrue(headers["x-ms-cosmos-batch-atomic"]) ? "batch" : "bulk";
  }
  return isTrue(headers["x-ms-documentdb-is-upsert"]) ? "upsert" : "create";
}

function itemOperation(method: string): OperationKind | undefined {
  return ({ GET: "read", PUT: "replace", PATCH: "patch", DELETE: "delete" } as const)[method];
}

function isQuery(headers: Headers): boolean {
  return isTrue(headers["x-ms-documentdb-isquery"]) ||
    (headers["content-type"] ?? "").startsWith("application/query+json");
}

/** Whether a header says "true", in any case. */
export function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === "true";
}

/** Names are signed as they are; a path of resource ids is signed as its last id in lower case. */
function linksOf(names: readonly string[], raw: readonly string[]): readonly string[] {
  return [...new Set([names.join("/"), raw.join("/"), (names.at(-1) ?? "").toLowerCase()])];
}

function decodeSegment(segment: string): string {
  if (segment === "" || segment === "." || segment === "..") {
    throw badRequest("The path has an empty segment");
  }
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest("The path is not valid percent-encoded UTF-8");
  }
}
