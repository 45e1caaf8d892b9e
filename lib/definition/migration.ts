/**
 * What a migration is: a description and a list of operations, checked as soon as it is defined. Knows nothing of ids, files and histories,
 * and carries nothing out. A definition that contradicts itself throws a RegistryError.
 *
 * @module
 */
import { RegistryError } from "../base/errors.ts";
import type { JsonValue } from "../base/json.ts";
import type { Operation, Reversibility } from "./operation.ts";

/** Which side of a roll-out a migration belongs to: `expand` runs before the new code starts, `contract` after the old code is gone. */
export type Phase = "expand" | "contract";

/** What {@linkcode defineMigration} takes. */
export interface MigrationOptions {
  /** One line for people: what is true afterwards. */
  readonly description: string;
  /** The operations, in order. */
  readonly up: readonly Operation[];
  /**
   * How to undo, in order.
   *
   * @default the inverses of `up`, the last first
   */
  readonly down?: readonly Operation[];
  /** @default no phase: it runs in both */
  readonly phase?: Phase;
}

/** A checked migration. Made by {@linkcode defineMigration}. */
export interface Migration {
  readonly description: string;
  readonly up: readonly Operation[];
  /** As given; `undefined` when the inverses of `up` are meant. See {@linkcode downOf}. */
  readonly down: readonly Operation[] | undefined;
  readonly phase: Phase | undefined;
}

/**
 * Defines a migration. Nothing is run or connected; the result is frozen data.
 *
 * @param options description, operations and, where the derived inverses are not wanted, `down`
 * @returns the migration, for the default export of its file
 * @throws {RegistryError} when the description or `up` is empty, something is not an operation, or two steps have the same key
 *
 * @example
 * ```ts
 * import { addField, defineMigration } from "../mod.ts";
 *
 * export default defineMigration({
 *   description: "Users have an age",
 *   up: [addField({ container: "Users", field: "/age", value: 0 })],
 * });
 * ```
 */
export function defineMigration(options: MigrationOptions): Migration {
  const { description, up, down, phase } = options;
  if (typeof description !== "string" || description.trim() === "") {
    throw new RegistryError("Cannot define a migration as its description is empty", {
      hint: "Say in one line what is true after it",
    });
  }
  const owner = `the migration "${description}"`;
  checkOperations(up, { owner, list: "up" });
  if (up.length === 0) {
    throw new RegistryError(`Cannot define ${owner} as it has no operations yet`, {
      hint: "Put at least one operation into `up`",
    });
  }
  if (down !== undefined) checkOperations(down, { owner, list: "down" });
  if (phase !== undefined && phase !== "expand" && phase !== "contract") {
    throw new RegistryError(
      `Cannot define ${owner} as its phase is "expand" or "contract": current value is "${phase}"`,
    );
  }
  return Object.freeze({
    description: description.trim(),
    up: Object.freeze([...up]),
    down: down && Object.freeze([...down]),
    phase,
  });
}

/** Whether a value is what {@linkcode defineMigration} returns; for modules that were loaded without types. */
export function isMigration(value: unknown): value is Migration {
  return typeof value === "object" && value !== null &&
    "description" in value && typeof value.description === "string" &&
    "up" in value && Array.isArray(value.up) && value.up.every(isOperation);
}

/**
 * The operations that undo a migration, in order: its own `down`, else the inverses of `up`, the last first.
 *
 * @param captured what was noted for a step, by its key; leave it out while planning, when only the words matter
 * @returns `undefined` when an operation has no inverse and there is no `down`
 */
export function downOf(
  migration: Migration,
  captured: (step: string) => JsonValue | undefined = () => undefined,
): readonly Operation[] | undefined {
  if (migration.down !== undefined) return migration.down;
  const inverses = migration.up.toReversed().map((operation) => operation.invert(captured(operation.step)));
  const known = inverses.filter((inverse) => inverse !== undefined);
  return known.length === inverses.length ? known : undefined;
}

/** How well a migration undoes: as well as the worst of its operations, unless its author says how in a `down` of its own. */
export function reversibilityOf(migration: Migration): Reversibility | "own-down" {
  if (migration.down !== undefined) return "own-down";
  const each = migration.up.map(({ reversibility }) => reversibility);
  return each.includes("none") ? "none" : each.includes("by-value") ? "by-value" : "exact";
}

function checkOperations(
  operations: unknown,
  { owner, list }: { readonly owner: string; readonly list: "up" | "down" },
): void {
  if (!Array.isArray(operations)) {
    throw new RegistryError(
      `Cannot define ${owner} as ${list} is a list of operations: current value is ${kindOf(operations)}`,
    );
  }
  const seen = new Map<string, Operation>();
  for (const [index, operation] of operations.entries()) {
    const place = `${list}[${index}]`;
    if (!isOperation(operation)) {
      throw new RegistryError(
        `Cannot define ${owner} as ${place} is not an operation: current value is ${kindOf(operation)}`,
        {
          hint: Array.isArray(operation)
            ? "Spread the inner list with `...`"
            : "Operations are made by functions such as addField",
        },
      );
    }
    const other = seen.get(operation.step);
    if (other !== undefined) {
      throw new RegistryError(
        `Cannot define ${owner} as two operations of ${list} have the step key "${operation.step}": ` +
          `"${other.description}" and "${operation.description}"`,
        { hint: "Give one a name" },
      );
    }
    seen.set(operation.step, operation);
  }
}

function isOperation(value: unknown): value is Operation {
  return typeof value === "object" && value !== null &&
    "kind" in value && typeof value.kind === "string" &&
    "step" in value && typeof value.step === "string" &&
    "invert" in value && typeof value.invert === "function";
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? "a list" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}
