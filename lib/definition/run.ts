import { CosmigError } from "../base/errors.ts";
import type { JsonValue } from "../base/json.ts";
import type { Database } from "../cosmos/sdk_database.ts";
import { defineOperation } from "./_define_operation.ts";
import type { CommonOptions, Operation, Reversibility } from "./operation.ts";

/** What the code of a {@linkcode run} works with. */
export interface RunContext {
  /** The SDK's client of the database. Its writes are refused once the lease may have run out. */
  readonly database: Database;
  /** Aborted when the process is to stop or the lease is lost; pass it on to whatever waits. */
  readonly signal: AbortSignal;
  log(message: string): void;
  /**
   * A part that is not to be repeated: when `action` has succeeded its result is recorded, and a run that is resumed gets that result without calling it
   * again. A crash between the end of `action` and its record repeats it, so it has to bear that once.
   *
   * @param name unique within this step
   */
  once<Value extends JsonValue | void>(name: string, action: () => Promise<Value>): Promise<Value>;
}

/** Code of a migration. May be called again after a crash, and has to end in the same state then. */
export type RunFunction = (context: RunContext) => Promise<void> | void;

/** Options of {@linkcode run} that do not depend on `undo`. */
interface RunBaseOptions extends Omit<CommonOptions, "ifContainerExists"> {
  readonly name: string;
  /** One line for the plan: what it does. */
  readonly describe: string;
  readonly execute: RunFunction;
  /**
   * Containers that it reads or changes; a plan warns when another scope changes them, too.
   *
   * @default {[]}
   */
  readonly containers?: readonly string[];
  /**
   * It loses data that no rollback brings back; needs `--allow-destructive`.
   *
   * @default {false}
   */
  readonly destructive?: boolean;
  /**
   * It needs stopped writers; needs `--allow-offline`.
   *
   * @default {false}
   */
  readonly offline?: boolean;
}

/** Options of {@linkcode run}. */
export type RunOptions =
  | RunBaseOptions & { readonly undo?: undefined; readonly reversibility?: undefined }
  | RunBaseOptions & {
    readonly undo: RunFunction;
    /**
     * How well `undo` undoes.
     *
     * @default {"by-value"}
     */
    readonly reversibility?: Exclude<Reversibility, "none">;
  };

/** What {@linkcode run} declares. */
export interface RunParameters {
  readonly execute: RunFunction;
}

/** See {@linkcode run}. */
export type RunOperation = Operation<"run", RunParameters>;

/**
 * Runs code of your own: the way out where no operation fits. Nothing is known about what it does, so it neither has an estimate nor is it checked, and
 * without `undo` it cannot be rolled back.
 *
 * @throws {CosmigError} with code `operation-refused` when name or description is empty
 *
 * @example
 * ```ts
 * import { run } from "../mod.ts";
 *
 * run({
 *   name: "warm the cache",
 *   describe: "Read every tenant once",
 *   execute: async ({ database, log }) => {
 *     const { resources } = await database.container("Tenants").items.readAll().fetchAll();
 *     log(`${resources.length} tenants`);
 *   },
 * });
 * ```
 */
export function run(options: RunOptions): RunOperation {
  const { name, describe, execute, undo, containers = [], destructive = false, offline = false } = options;
  if (name.trim() === "" || describe.trim() === "") {
    throw new CosmigError("operation-refused", `Cannot define a run as its name and describe say something`);
  }
  return defineOperation({
    kind: "run",
    step: `run:${name}`,
    containers,
    parameters: Object.freeze({ execute }),
    fingerprint: { name, describe },
    hasFunctions: true,
    destructive,
    offline,
    description: describe,
    reversibility: undo === undefined ? "none" : options.reversibility ?? "by-value",
    invert: () => undo && inverse(options, undo),
  }, { name, ...(options.revision === undefined ? {} : { revision: options.revision }) });
}

function inverse(options: RunOptions, undo: RunFunction): RunOperation {
  const { name, revision, containers, offline } = options;
  return run({
    name,
    describe: `Undo: ${options.describe}`,
    execute: undo,
    ...(revision === undefined ? {} : { revision }),
    ...(containers === undefined ? {} : { containers }),
    ...(offline === undefined ? {} : { offline }),
  });
}
