import type { Decision } from "../../bulk/pass.ts";
import { isJsonObject, jsonEquals, type JsonObject, type JsonValue } from "../../base/json.ts";
import type { PatchOperation } from "../../cosmos/port.ts";
import { formatPointer } from "../../definition/path.ts";

/** Operations that the service takes in one patch. */
export const OPERATIONS_PER_PATCH = 10;

/**
 * What turns one version of a document into another: a patch of what differs, of whole top-level properties where that would be too many operations, or
 * else the whole document.
 */
export function decideByDifference(before: JsonObject, after: JsonObject): Decision {
  const fine = differences(before, after, { path: [], depth: Number.POSITIVE_INFINITY });
  if (fine.length === 0) return { kind: "skip" };
  if (fine.length <= OPERATIONS_PER_PATCH) return { kind: "patch", operations: fine, after };
  const coarse = differences(before, after, { path: [], depth: 1 });
  if (coarse.length <= OPERATIONS_PER_PATCH) return { kind: "patch", operations: coarse, after };
  return { kind: "replace", document: after };
}

interface Position {
  readonly path: readonly string[];
  /** How many levels of objects to look into. */
  readonly depth: number;
}

function differences(
  before: JsonObject,
  after: JsonObject,
  { path, depth }: Position,
): readonly PatchOperation[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) =>
    differenceAt(before[name], after[name], { path: [...path, name], depth: depth - 1 })
  );
}

function differenceAt(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  position: Position,
): readonly PatchOperation[] {
  if (jsonEquals(before, after)) return [];
  if (after === undefined) return [{ op: "remove", path: formatPointer(position.path) }];
  if (position.depth > 0 && isJsonObject(before) && isJsonObject(after)) {
    return differences(before, after, position);
  }
  return [{ op: "set", path: formatPointer(position.path), value: after }];
}
