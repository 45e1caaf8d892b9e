import { CosmigError } from "../base/errors.ts";
import type { JsonValue } from "../base/json.ts";
import type { CommonOptions, Operation, Reversibility } from "./operation.ts";

/** What makes up an operation; the rest has usual values. */
export interface OperationParts<Kind extends string, Parameters> {
  readonly kind: Kind;
  /** The step key where no name is given. */
  readonly step: string;
  readonly containers: readonly string[];
  readonly parameters: Parameters;
  readonly fingerprint: JsonValue;
  readonly description: string;
  readonly reversibility: Reversibility;
  readonly hasFunctions?: boolean;
  readonly destructive?: boolean;
  readonly offline?: boolean;
  invert(step: string, captured: JsonValue | undefined): Operation | undefined;
}

/** Makes an operation from its parts and the options that all have in common. */
export function defineOperation<Kind extends string, Parameters>(
  parts: OperationParts<Kind, Parameters>,
  options: CommonOptions,
): Operation<Kind, Parameters> {
  if (options.name?.trim() === "") {
    throw new CosmigError("operation-refused", `Cannot name the step "${parts.step}" as the name is empty`);
  }
  const step = options.name ?? parts.step;
  return Object.freeze({
    hasFunctions: false,
    destructive: false,
    offline: false,
    ...parts,
    step,
    containers: Object.freeze([...parts.containers]),
    revision: options.revision,
    ifContainerExists: options.ifContainerExists ?? false,
    invert: (captured?: JsonValue) => parts.invert(step, captured),
  });
}

/**
 * Checks the name of a container.
 *
 * @throws {CosmigError} with code `operation-refused`
 */
export function requireContainerName(name: string, action: string): void {
  if (typeof name === "string" && /^[^/\\#?]{1,255}$/.test(name) && name.trim() === name) return;
  throw new CosmigError(
    "operation-refused",
    `Cannot ${action} "${name}" as the name of a container has 1 to 255 characters, none of them / \\ # ?, and no space at its ends`,
  );
}
