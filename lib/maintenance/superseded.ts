import { isJsonObject } from "../base/json.ts";
import { pathsOfEdit } from "../definition/edit.ts";
import type { EditDocumentsOperation } from "../definition/edit_documents.ts";
import type { Operation } from "../definition/operation.ts";

/** What an operation may have changed of a container; everything below `path`. */
interface Effect {
  readonly container: string;
  readonly aspect: "documents" | "indexing" | "ttl" | "throughput" | "scripts" | "existence" | "everything";
  readonly path: string;
}

const EVERYTHING = "";

/** Kinds that change one aspect of their container. A kind that is not here may change everything. */
const ASPECTS: Readonly<Record<string, Effect["aspect"]>> = {
  transformDocuments: "documents",
  seedDocuments: "documents",
  removeSeededDocuments: "documents",
  deleteDocuments: "documents",
  setIndexingPolicy: "indexing",
  addCompositeIndex: "indexing",
  removeCompositeIndex: "indexing",
  setDefaultTtl: "ttl",
  setThroughput: "throughput",
  putScript: "scripts",
  createContainer: "existence",
};

/**
 * Whether what `earlier` made may have been changed on purpose by one of the `later` operations, so that it
 * says nothing any more whether it still holds. Errs on the side of yes.
 */
export function isSuperseded(earlier: Operation, later: readonly Operation[]): boolean {
  const made = effectsOf(earlier);
  return later.flatMap(effectsOf).some((effect) => made.some((other) => overlap(effect, other)));
}

function effectsOf(operation: Operation): readonly Effect[] {
  const { kind, containers } = operation;
  if (kind === "doNothing" || kind === "purgeTraces") return [];
  if (isEdit(operation)) {
    const { container, edits } = operation.parameters;
    return edits.flatMap(pathsOfEdit).map((path) => ({ container, aspect: "documents", path }));
  }
  return containers.map((container) => ({
    container,
    aspect: ASPECTS[kind] ?? "everything",
    path: partOf(operation),
  }));
}

/** Which of several things of the same aspect an operation is about: one composite index, one script. */
function partOf({ parameters }: Operation): string {
  if (!isJsonObject(parameters)) return EVERYTHING;
  const { index, script, id } = parameters;
  if (index !== undefined) return JSON.stringify(index);
  return script === undefined ? EVERYTHING : JSON.stringify([script, id]);
}

function isEdit(operation: Operation): operation is EditDocumentsOperation {
  return operation.kind === "editDocuments";
}

function overlap(left: Effect, right: Effect): boolean {
  if (left.container !== right.container) return false;
  if (left.aspect === "everything" || right.aspect === "everything") return true;
  return left.aspect === right.aspect && (isBelow(left.path, right.path) || isBelow(right.path, left.path));
}

function isBelow(path: string, parent: string): boolean {
  return parent === EVERYTHING || path === parent || path.startsWith(`${parent}/`);
}
