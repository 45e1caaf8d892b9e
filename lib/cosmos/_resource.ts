import { ResourceType } from "@azure/cosmos";
import { CosmigError } from "../base/errors.ts";
import type { ScriptKind } from "./port.ts";

/** What a request is addressed to. */
export interface Resource {
  /** Of the URL, percent-encoded. */
  readonly path: string;
  readonly type: ResourceType;
  /** What is signed: the resource, or the parent of a feed; not encoded. */
  readonly link: string;
}

/** The account itself. */
export const ACCOUNT: Resource = { path: "", type: ResourceType.none, link: "" };

/** A database. */
export function databaseResource(database: string): Resource {
  return single(`dbs/${database}`, ResourceType.database);
}

/** All containers of a database. */
export function containersResource(database: string): Resource {
  return feed(`dbs/${database}`, ResourceType.container);
}

/** A container. */
export function containerResource(database: string, container: string): Resource {
  return single(`dbs/${database}/colls/${container}`, ResourceType.container);
}

/**
 * A container by the service's own identifier. The first half of its eight bytes is the identifier of its database; a resource that is addressed like
 * this is signed by its identifier alone, in lower case.
 */
export function containerByRidResource(rid: string): Resource {
  const bytes = atob(rid.replaceAll("-", "/"));
  const databaseRid = btoa(bytes.slice(0, 4)).replaceAll("/", "-");
  return { path: `/dbs/${databaseRid}/colls/${rid}`, type: ResourceType.container, link: rid.toLowerCase() };
}

/** The physical partitions of a container. */
export function rangesResource(database: string, container: string): Resource {
  return feed(`dbs/${database}/colls/${container}`, ResourceType.pkranges);
}

/** The physical partitions of a container that is addressed by identifier. */
export function rangesByRidResource(rid: string): Resource {
  return feedByRid(rid, ResourceType.pkranges);
}

/** The documents of a container: creates, queries, batches. */
export function documentsResource(database: string, container: string): Resource {
  return feed(`dbs/${database}/colls/${container}`, ResourceType.item);
}

/** The documents of a container that is addressed by identifier. */
export function documentsByRidResource(rid: string): Resource {
  return feedByRid(rid, ResourceType.item);
}

/** The provisioned throughput of everything in the account. */
export const OFFERS: Resource = { path: "/offers", type: ResourceType.offer, link: "" };

/** One setting of throughput. */
export function offerResource(rid: string): Resource {
  return { path: `/offers/${rid}`, type: ResourceType.offer, link: rid.toLowerCase() };
}

/** All scripts of a kind. */
export function scriptsResource(parent: ScriptParent): Resource {
  return feed(`dbs/${parent.database}/colls/${parent.container}`, SCRIPT_TYPES[parent.kind]);
}

/** One script. */
export function scriptResource(parent: ScriptParent, id: string): Resource {
  const { database, container, kind } = parent;
  return single(`dbs/${database}/colls/${container}/${kind}/${id}`, SCRIPT_TYPES[kind]);
}

/** Where scripts are. */
export interface ScriptParent {
  readonly database: string;
  readonly container: string;
  readonly kind: ScriptKind;
}

const SCRIPT_TYPES = {
  sprocs: ResourceType.sproc,
  triggers: ResourceType.trigger,
  udfs: ResourceType.udf,
} as const;

/**
 * One document.
 *
 * @throws {CosmigError} (`internal`) for an id that is not {@linkcode isAddressable}
 */
export function documentResource(documents: Resource, id: string): Resource {
  if (!isAddressable(id)) {
    throw new CosmigError("internal", `Cannot address document "${id}" as an id may hold none of / \\ ? #`);
  }
  return single(`${documents.link}/docs/${id}`, ResourceType.item);
}

/** Whether an id can be part of a URL. */
export function isAddressable(id: string): boolean {
  return !/[/\\?#]/.test(id);
}

function single(link: string, type: ResourceType): Resource {
  return { path: `/${encodeURI(link)}`, type, link };
}

function feedByRid(rid: string, type: ResourceType): Resource {
  const { path, link } = containerByRidResource(rid);
  return { path: `${path}/${type}`, type, link };
}

function feed(link: string, type: ResourceType): Resource {
  return { path: `/${encodeURI(link)}/${type}`, type, link };
}
