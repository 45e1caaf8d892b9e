import { isJsonObject, type JsonValue } from "../base/json.ts";
import { defineOperation, requireContainerName } from "./_define_operation.ts";
import { doNothing } from "./do_nothing.ts";
import type { CommonOptions, Operation } from "./operation.ts";
import {
  type ContainerThroughput,
  requireThroughput,
  throughputFromJson,
  throughputInWords,
  throughputToJson,
} from "./throughput.ts";

/** Options of {@linkcode setThroughput}. */
export interface SetThroughputOptions extends CommonOptions {
  readonly container: string;
  /** Of the kind that the container has: a change between manual and autoscale is a matter of the control plane. */
  readonly throughput: ContainerThroughput;
  /**
   * `"migration"`: raise it (never lower it) until the migration is finished or has failed, and then set it back. A run that died leaves it raised until the
   * next one has ended.
   *
   * @default {"always"}
   */
  readonly during?: "migration" | "always";
}

/** What {@linkcode setThroughput} declares. */
export interface SetThroughputParameters {
  readonly container: string;
  readonly throughput: ContainerThroughput;
  readonly during: "migration" | "always";
  /** Set only where the container has this one; for the inverse of a raise. */
  readonly only: ContainerThroughput | undefined;
}

/** See {@linkcode setThroughput}. */
export type SetThroughputOperation = Operation<"setThroughput", SetThroughputParameters>;

/**
 * Sets the provisioned throughput of a container, for good or only while the migration runs. Undone exactly: the setting that was found is captured
 * before it is changed.
 *
 * A plan is refused for a container without throughput of its own (its database shares it, or the account is serverless), and for a change between manual
 * and autoscale; with `during: "migration"` it is left as it is then.
 *
 * @throws {CosmigError} with code `operation-refused` when the throughput is not one that the service sells
 *
 * @example
 * ```ts
 * import { addField, defineMigration, setThroughput } from "../mod.ts";
 *
 * defineMigration({
 *   description: "Orders have a currency",
 *   up: [
 *     setThroughput({ container: "Orders", throughput: { ruPerSecond: 20_000 }, during: "migration" }),
 *     addField({ container: "Orders", field: "/currency", value: "EUR" }),
 *   ],
 * });
 * ```
 */
export function setThroughput(options: SetThroughputOptions): SetThroughputOperation {
  return define(options, undefined);
}

function define(
  options: SetThroughputOptions,
  only: ContainerThroughput | undefined,
): SetThroughputOperation {
  const { container, throughput, during = "always" } = options;
  const action = `set the throughput of "${container}"`;
  requireContainerName(container, "set the throughput of");
  requireThroughput(throughput, action);
  const words = throughputInWords(throughput);
  return defineOperation({
    kind: "setThroughput",
    step: `setThroughput:${container}`,
    containers: [container],
    parameters: Object.freeze({ container, throughput: Object.freeze({ ...throughput }), during, only }),
    fingerprint: {
      container,
      throughput: throughputToJson(throughput),
      during,
      ...(only === undefined ? {} : { only: throughputToJson(only) }),
    },
    description: during === "migration"
      ? `Raise the throughput of "${container}" to ${words} for this migration`
      : `Set the throughput of "${container}" to ${words}`,
    reversibility: "exact",
    invert: (step, captured) => restore({ ...options, name: step }, captured),
  }, options);
}

function restore(
  { container, throughput, during, ...common }: SetThroughputOptions,
  captured: JsonValue | undefined,
): Operation {
  const previous = isJsonObject(captured) ? throughputFromJson(captured["previous"]) : undefined;
  if (previous !== undefined) {
    const only = during === "migration" ? throughput : undefined;
    return define({ ...common, container, throughput: previous }, only);
  }
  return doNothing(common.name ?? "", {
    containers: [container],
    description: captured === undefined
      ? `Set the throughput of "${container}" back to what it was`
      : `Leave the throughput of "${container}" as it is`,
  });
}
