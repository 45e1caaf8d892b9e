import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from "../../base/json.ts";

type Path = readonly string[];

/** The values that must be unique within a logical partition. A missing value counts as a value, as in the service. */
export class UniqueIndex {
  readonly #keys: readonly (readonly Path[])[];
  readonly #holders = new Map<string, string>();

  constructor(keys: readonly (readonly Path[])[]) {
    this.#keys = keys;
  }

  get isEmpty(): boolean {
    return this.#keys.length === 0;
  }

  /** The unique values of a document, as texts. */
  valuesOf(partition: string, document: JsonObject): readonly string[] {
    return this.#keys.map((paths, at) => {
      const values = paths.map((path) => valueAt(document, path) ?? null);
      return `${partition}\n${at}\n${canonicalJson(values)}`;
    });
  }

  /** The documents that have one of the values. */
  holders(values: readonly string[]): readonly string[] {
    return values.flatMap((value) => this.#holders.get(value) ?? []);
  }

  add(values: readonly string[], key: string): void {
    for (const value of values) this.#holders.set(value, key);
  }

  remove(values: readonly string[]): void {
    for (const value of values) this.#holders.delete(value);
  }
}

function valueAt(document: JsonObject, path: Path): JsonValue | undefined {
  let value: JsonValue | undefined = document;
  for (const name of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}
