import { CosmigError } from "../base/errors.ts";
import { defineOperation, requireContainerName } from "./_define_operation.ts";
import { isMigrationId } from "./migration_id.ts";
import type { CommonOptions, Operation } from "./operation.ts";

/** Options of {@linkcode purgeTraces}. */
export interface PurgeTracesOptions extends CommonOptions {
  readonly container: string;
  /**
   * Ids of the migrations whose notes are dropped.
   *
   * @default all of them
   */
  readonly migrations?: readonly string[];
}

/** What {@linkcode purgeTraces} declares. */
export interface PurgeTracesParameters {
  readonly container: string;
  /** `undefined` for all. */
  readonly migrations: readonly string[] | undefined;
}

/** See {@linkcode purgeTraces}. */
export type PurgeTracesOperation = Operation<"purgeTraces", PurgeTracesParameters>;

/**
 * Drops what earlier migrations noted in documents under `/__cosmig`: traces, stamps, and the values of recoverable removals. Those migrations can
 * be rolled back by value only, or not at all, from then on.
 *
 * Needs `--allow-destructive`. Cannot be undone.
 *
 * @throws {CosmigError} with code `operation-refused` when an id is not one of a migration
 *
 * @example
 * ```ts
 * import { purgeTraces } from "../mod.ts";
 *
 * purgeTraces({ container: "Users", migrations: ["20240101_000002"] });
 * ```
 */
export function purgeTraces(options: PurgeTracesOptions): PurgeTracesOperation {
  const { container, migrations } = options;
  requireContainerName(container, "purge the traces of");
  const wrong = migrations?.find((id) => !isMigrationId(id));
  if (wrong !== undefined || migrations?.length === 0) {
    throw new CosmigError(
      "operation-refused",
      `Cannot purge the traces of "${container}" as migrations are ids like "20240101_090000": current value is ${
        JSON.stringify(wrong ?? migrations)
      }`,
    );
  }
  return defineOperation({
    kind: "purgeTraces",
    step: `purgeTraces:${container}`,
    containers: [container],
    parameters: Object.freeze({ container, migrations: migrations && Object.freeze([...migrations]) }),
    fingerprint: { container, migrations: migrations === undefined ? "all" : [...migrations] },
    description: `Drop what ${
      migrations === undefined ? "all earlier migrations" : migrations.map((id) => `"${id}"`).join(", ")
    } noted in documents of "${container}"`,
    reversibility: "none",
    destructive: true,
    invert: () => undefined,
  }, options);
}
