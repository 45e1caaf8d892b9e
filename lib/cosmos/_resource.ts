import { ResourceType } from "@azure/cosmos";
import { CosmigError } from "../base/errors.ts";

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

/** The documents of a container: creates, queries, batches. */
export function documentsResource(database: string, container: string): Resource {
  return feed(`dbs/${database}/colls/${container}`, ResourceType.item);
}

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

function feed(link: string, type: ResourceType): Resource {
  return { path: `/${encodeURI(link)}/${type}`, type, link };
}
