/** A place in a document: a JSON Pointer (RFC 6901; `~0` is `~`, `~1` is `/`), with `*` for every element of an array. */
export type Path = `/${string}`;

/** One segment of a path: a property or index by name, or every element of an array. */
export type PathSegment = { readonly kind: "name"; readonly name: string } | { readonly kind: "each" };

/**
 * Takes a path apart.
 *
 * @throws {TypeError} when it is not a JSON Pointer
 */
export function parsePath(path: string): readonly PathSegment[] {
  if (!path.startsWith("/") || path === "/") {
    throw new TypeError(
      `Cannot read the path "${path}" as a JSON Pointer starts with "/" and names something`,
    );
  }
  if (/~(?![01])/.test(path)) {
    throw new TypeError(`Cannot read the path "${path}" as "~" is written "~0" in a JSON Pointer`);
  }
  return path.slice(1).split("/").map((segment) =>
    segment === "*" ? { kind: "each" } : { kind: "name", name: unescapeSegment(segment) }
  );
}

/** The property names of a path without `*`. @throws {TypeError} when it has one */
export function parsePlainPath(path: string): readonly string[] {
  return parsePath(path).map((segment) => {
    if (segment.kind === "each") {
      throw new TypeError(`Cannot use the path "${path}" here as "*" is not allowed in it`);
    }
    return segment.name;
  });
}

/** Writes property names and indexes as a JSON Pointer. */
export function formatPointer(names: readonly (string | number)[]): string {
  return names.map((name) => `/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** The SQL expression of a plain path: `/a/b` is `c["a"]["b"]`. */
export function pathToSql(names: readonly string[], alias = "c"): string {
  return alias + names.map((name) => `[${JSON.stringify(name)}]`).join("");
}

function unescapeSegment(segment: string): string {
  return segment.replaceAll("~1", "/").replaceAll("~0", "~");
}
