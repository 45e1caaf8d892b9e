import { CosmigError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import { defineOperation, requireContainerName } from "./_define_operation.ts";
import type { DocumentErrorPolicy } from "./edit_documents.ts";
import { lookupFingerprint, type LookupReaders, type Lookups } from "./lookup.ts";
import type { CommonOptions, Operation } from "./operation.ts";

/** What every document has. Interfaces fit, too. */
export interface Identified {
  readonly id: string;
}

/** What a transform works with besides the document. */
export interface TransformTools<Named extends Lookups> {
  readonly lookups: LookupReaders<Named>;
  /** Aborted when the run is to stop. */
  readonly signal: AbortSignal;
}

/** A value, or the promise of one. */
export type Awaitable<Value> = Value | Promise<Value>;

/** Makes the new document, or returns `undefined` to leave the old one. Must not change its argument. */
export type Transform<Before, After, Named extends Lookups> = (
  document: Before,
  tools: TransformTools<Named>,
) => Awaitable<After | undefined>;

/** How the way back is told and done. */
export interface UndoOptions<Before, After, Named extends Lookups> {
  /** Cosmos SQL condition over `c`: the documents to bring back. */
  readonly where?: string;
  readonly lookups?: Named;
  readonly transform: Transform<NoInfer<After>, NoInfer<Before>, Named>;
  /** As {@linkcode TransformDocumentsOptions.mark}, for the way back; not needed where the way there marks. */
  readonly mark?: boolean;
  /** Whether a document is back already. */
  readonly isDone?: (document: NoInfer<Before | After>) => boolean;
}

/** Options of {@linkcode transformDocuments}. Give `transform` before `undo`, whose types come from it. */
export interface TransformDocumentsOptions<
  Before extends Identified,
  After extends Identified,
  Named extends Lookups,
  UndoNamed extends Lookups,
> extends CommonOptions {
  readonly container: string;
  /** Cosmos SQL condition over `c` that selects the documents that still need work, and no transformed one. */
  readonly where?: string;
  /** Other containers, by the names under which `transform` gets them. */
  readonly lookups?: Named;
  /** The types of both shapes come from its annotations. May be called again after a conflict. */
  readonly transform: Transform<Before, After, Named>;
  /** Makes it possible to roll back. */
  readonly undo?: UndoOptions<Before, After, UndoNamed>;
  /**
   * Stamps each transformed document under the reserved property `/__cosmig/<migration id>`, so that it is not transformed twice where `where` cannot
   * tell. A rollback looks at stamped documents, unless `undo.where` says otherwise, and removes the stamp.
   *
   * @default {false}
   */
  readonly mark?: boolean;
  /** Whether a document is transformed already, where neither `where` nor a stamp can tell. Every document is read. */
  readonly isDone?: (document: NoInfer<Before | After>) => boolean;
  /** @default {"stop"} */
  readonly onError?: DocumentErrorPolicy;
}

/** A transform whose types are checked already. */
export type ErasedTransform = Transform<JsonObject, JsonObject, Lookups>;

/** What selects documents of one way and tells when they are finished. */
export interface TransformWay {
  readonly where: string | undefined;
  readonly lookups: Lookups;
  readonly transform: ErasedTransform;
  readonly isDone: ((document: JsonObject) => boolean) | undefined;
  /**
   * - `stamp`: adds a stamp and passes over documents that have it.
   * - `unstamp`: removes the stamp of the way there; only documents that have it are looked at, unless `where` selects.
   */
  readonly stamps: "none" | "stamp" | "unstamp";
}

/** What {@linkcode transformDocuments} declares. */
export interface TransformDocumentsParameters extends TransformWay {
  readonly container: string;
  readonly onError: DocumentErrorPolicy;
  readonly direction: "up" | "down";
}

/** See {@linkcode transformDocuments}. */
export type TransformDocumentsOperation = Operation<"transformDocuments", TransformDocumentsParameters>;

/**
 * Replaces documents by what a function makes of them. Each write is conditional on the document being as it was read; one that the live application
 * changes meanwhile is read and transformed again.
 *
 * A document must not be transformed twice, also after a crash: `where` selects only documents that still need work, or `mark: true` stamps finished ones,
 * or `isDone` recognises them. One of the three is needed; a plan without is refused. `id` and partition key cannot change.
 *
 * Undone by `undo`; how well is up to its author, so it counts as by value.
 *
 * @param options types come from the annotations of `transform`: its parameter and its result
 * @throws {CosmigError} with code `operation-refused` when the options contradict each other
 *
 * @example
 * ```ts
 * import { transformDocuments } from "../mod.ts";
 *
 * interface V1 { id: string; name: string }
 * interface V2 { id: string; firstName: string; lastName: string }
 *
 * transformDocuments({
 *   container: "Users",
 *   where: "IS_DEFINED(c.name)",
 *   transform: ({ name, ...user }: V1): V2 => {
 *     const [firstName = "", ...rest] = name.split(" ");
 *     return { ...user, firstName, lastName: rest.join(" ") };
 *   },
 *   undo: {
 *     where: "IS_DEFINED(c.firstName)",
 *     transform: ({ firstName, lastName, ...user }) => ({ ...user, name: `${firstName} ${lastName}` }),
 *   },
 * });
 * ```
 */
export function transformDocuments<
  Before extends Identified,
  After extends Identified,
  Named extends Lookups = Record<never, never>,
  UndoNamed extends Lookups = Record<never, never>,
>(
  options: TransformDocumentsOptions<Before, After, Named, UndoNamed>,
): TransformDocumentsOperation {
  const { container, mark = false, undo, onError = "stop" } = options;
  requireContainerName(container, "transform documents of");
  requireFunction(options.transform, container);
  const there: TransformWay = { ...wayOf(options), stamps: mark ? "stamp" : "none" };
  if (undo === undefined) return define(options, { container, onError, there, back: undefined });
  requireFunction(undo.transform, container);
  const back: TransformWay = {
    ...wayOf(undo),
    stamps: mark ? "unstamp" : undo.mark === true ? "stamp" : "none",
  };
  return define(options, { container, onError, there, back });
}

interface BothWays {
  readonly container: string;
  readonly onError: DocumentErrorPolicy;
  readonly there: TransformWay;
  readonly back: TransformWay | undefined;
}

function define(options: CommonOptions, ways: BothWays): TransformDocumentsOperation {
  return defineWay(options, { ...ways, direction: "up" });
}

function defineWay(
  options: CommonOptions,
  ways: BothWays & { readonly direction: "up" | "down" },
): TransformDocumentsOperation {
  const { container, onError, there, back, direction } = ways;
  const way = direction === "down" && back !== undefined ? back : there;
  const { where, lookups, stamps, isDone } = way;
  const named = Object.entries(lookups);
  return defineOperation({
    kind: "transformDocuments",
    step: `transformDocuments:${container}`,
    containers: [...new Set([container, ...named.map(([, lookup]) => lookup.container)])],
    parameters: Object.freeze({ ...way, container, onError, direction }),
    fingerprint: {
      container,
      onError,
      direction,
      stamps,
      isDone: isDone !== undefined,
      lookups: Object.fromEntries(named.map(([name, lookup]) => [name, lookupFingerprint(lookup)])),
      ...(where === undefined ? {} : { where }),
    },
    description: describe(ways, way),
    reversibility: back === undefined ? "none" : "by-value",
    hasFunctions: true,
    invert: (step) =>
      back === undefined
        ? undefined
        : defineWay({ ...options, name: step }, { ...ways, direction: direction === "up" ? "down" : "up" }),
  }, options);
}

function describe(
  { container, direction }: { readonly container: string; readonly direction: "up" | "down" },
  { where, lookups, stamps }: TransformWay,
): string {
  const names = Object.values(lookups).map((lookup) => `"${lookup.container}"`);
  return [
    `${direction === "up" ? "Transform" : "Transform back"} documents of "${container}"`,
    ...(where !== undefined ? [`where ${where}`] : stamps === "unstamp" ? ["that were transformed"] : []),
    ...(names.length === 0
      ? []
      : [`with what ${names.join(" and ")} ${names.length === 1 ? "has" : "have"}`]),
    ...(stamps === "stamp" ? ["and stamp them"] : []),
  ].join(" ");
}

/** The types were checked against each other where they were written; from here on documents are JSON. */
function wayOf<Before, After, Named extends Lookups>(options: {
  readonly where?: string;
  readonly lookups?: Named;
  readonly transform: Transform<Before, After, Named>;
  readonly isDone?: (document: never) => boolean;
}): Omit<TransformWay, "stamps"> {
  const { where, lookups, transform, isDone } = options;
  if (where?.trim() === "") {
    throw new CosmigError("operation-refused", `Cannot transform documents as a where is empty`);
  }
  return {
    where,
    lookups: Object.freeze({ ...lookups }),
    transform: transform as unknown as ErasedTransform,
    isDone: isDone as ((document: JsonObject) => boolean) | undefined,
  };
}

function requireFunction(transform: unknown, container: string): void {
  if (typeof transform === "function") return;
  throw new CosmigError(
    "operation-refused",
    `Cannot transform documents of "${container}" as transform is a function: current value is a ${typeof transform}`,
  );
}
