import { isJsonObject, jsonEquals, type JsonObject, type JsonValue } from "../base/json.ts";
import { normalizeIndexingPolicy } from "../definition/indexing_policy.ts";
import { isReservedProperty } from "../definition/reserved_property.ts";
import type { ContainerSeed, Seed } from "../emulator/mod.ts";

/** What a database holds, without what the service and this tool keep in it. */
export type DatabaseState = ReadonlyMap<string, ContainerState>;

/** One container. */
export interface ContainerState {
  /** Partition key, unique keys, TTL, indexing policy and throughput. */
  readonly settings: JsonObject;
  /** By id and partition key. */
  readonly documents: ReadonlyMap<string, JsonObject>;
}

/** One value that differs; `undefined` stands for "no value". */
export interface ValueChange {
  /** JSON Pointer. */
  readonly path: string;
  readonly before: JsonValue | undefined;
  readonly after: JsonValue | undefined;
}

/** One container or document that differs between two states. */
export interface Difference {
  readonly container: string;
  /** Id of the document; `undefined` for the container itself. */
  readonly id: string | undefined;
  readonly kind: "created" | "changed" | "deleted";
  /** Empty for what was created or deleted. */
  readonly changes: readonly ValueChange[];
}

/** The state that a snapshot describes, leaving out the containers named. */
export function stateOf({ containers }: Seed, except: readonly string[] = []): DatabaseState {
  return new Map(
    Object.entries(containers).filter(([name]) => !except.includes(name)).map((
      [name, container],
    ) => [name, containerState(container)]),
  );
}

/** What differs, in the order of containers and ids. */
export function differencesBetween(before: DatabaseState, after: DatabaseState): readonly Difference[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((container): readonly Difference[] => {
    const [old, current] = [before.get(container), after.get(container)];
    if (old === undefined || current === undefined) {
      const kind = old === undefined ? "created" : "deleted";
      return [
        { container, id: undefined, kind, changes: [] },
        ...documentDifferences(container, { old: old?.documents, current: current?.documents }),
      ];
    }
    const changes = changesBetween(old.settings, current.settings);
    return [
      ...(changes.length === 0 ? [] : [{ container, id: undefined, kind: "changed" as const, changes }]),
      ...documentDifferences(container, { old: old.documents, current: current.documents }),
    ];
  });
}

/** The differences without those that `known` has at the same place, whatever their values. */
export function differencesWithout(
  differences: readonly Difference[],
  known: readonly Difference[],
): readonly Difference[] {
  const places = new Set(known.flatMap(placesOf));
  return differences.flatMap((difference): readonly Difference[] => {
    if (difference.changes.length === 0) {
      return placesOf(difference).some((place) => places.has(place)) ? [] : [difference];
    }
    const changes = difference.changes.filter((change) =>
      !placesOf({ ...difference, changes: [change] }).some((place) => places.has(place))
    );
    return changes.length === 0 ? [] : [{ ...difference, changes }];
  });
}

function placesOf({ container, id = "", changes }: Difference): readonly string[] {
  return changes.length === 0
    ? [JSON.stringify([container, id])]
    : changes.map(({ path }) => JSON.stringify([container, id, path]));
}

function containerState({ documents = [], ...settings }: ContainerSeed): ContainerState {
  const { partitionKey, indexingPolicy = {} } = settings;
  const paths = typeof partitionKey === "string" ? [partitionKey] : partitionKey;
  return {
    settings: {
      ...(settings as JsonObject),
      indexingPolicy: normalizeIndexingPolicy(indexingPolicy),
    },
    documents: new Map(
      documents.map((document) => [
        JSON.stringify([document["id"], ...paths.map((path) => valueAt(document, path) ?? null)]),
        Object.fromEntries(Object.entries(document).filter(([name]) => !isReservedProperty(name))),
      ]),
    ),
  };
}

function documentDifferences(
  container: string,
  { old = new Map(), current = new Map() }: {
    readonly old: ContainerState["documents"] | undefined;
    readonly current: ContainerState["documents"] | undefined;
  },
): readonly Difference[] {
  const keys = [...new Set([...old.keys(), ...current.keys()])].sort();
  return keys.flatMap((key): readonly Difference[] => {
    const [before, after] = [old.get(key), current.get(key)];
    const id = String((after ?? before)?.["id"]);
    if (before === undefined) return [{ container, id, kind: "created", changes: [] }];
    if (after === undefined) return [{ container, id, kind: "deleted", changes: [] }];
    const changes = changesBetween(before, after);
    return changes.length === 0 ? [] : [{ container, id, kind: "changed", changes }];
  });
}

/** Objects are compared member by member, everything else as a whole. */
function changesBetween(before: JsonObject, after: JsonObject, parent = ""): readonly ValueChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name): readonly ValueChange[] => {
    const [old, current] = [before[name], after[name]];
    const path = `${parent}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    if (jsonEquals(old, current)) return [];
    if (isJsonObject(old) && isJsonObject(current)) return changesBetween(old, current, path);
    return [{ path, before: old, after: current }];
  });
}

function valueAt(document: JsonObject, path: string): JsonValue | undefined {
  return path.slice(1).split("/").reduce<JsonValue | undefined>(
    (value, name) => isJsonObject(value) ? value[name] : undefined,
    document,
  );
}
