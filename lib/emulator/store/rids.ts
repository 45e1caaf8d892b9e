/**
 * Resource ids as the service builds them: the id of the parent, then the number of the child, in base 64 with `-` for `/`. A database has four
 * bytes, a container eight (clients check that), a document sixteen.
 *
 * @module
 */

/** The `_rid` of the n-th database. */
export function databaseRid(number: number): string {
  return encode(databaseBytes(number));
}

/** The `_rid` of the n-th container of a database; the highest bit tells containers from users. */
export function containerRid(database: number, number: number): string {
  return encode(containerBytes(database, number));
}

/** Writes the `_rid` of the documents, or other children, of one container. */
export function childRids(database: number, container: number): (number: number) => string {
  const bytes = new Uint8Array(16);
  bytes.set(containerBytes(database, container));
  const view = new DataView(bytes.buffer);
  return (number) => {
    view.setBigUint64(8, BigInt(number), true);
    return encode(bytes);
  };
}

/** The number of a document, from its `_rid`. */
export function documentNumber(rid: string): number {
  const binary = atob(rid.replaceAll("-", "/"));
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  return Number(new DataView(bytes.buffer).getBigUint64(8, true));
}

function databaseBytes(number: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number, true);
  return bytes;
}

function containerBytes(database: number, number: number): Uint8Array {
  const bytes = new Uint8Array(8);
  bytes.set(databaseBytes(database));
  new DataView(bytes.buffer).setUint32(4, (0x80000000 | number) >>> 0, false);
  return bytes;
}

function encode(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("/", "-");
}
