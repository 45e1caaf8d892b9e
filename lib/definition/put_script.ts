import { CosmigError } from "../base/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { copyJson } from "./_copy_json.ts";
import { defineOperation, requireContainerName } from "./_define_operation.ts";
import { doNothing } from "./do_nothing.ts";
import type { CommonOptions, Operation } from "./operation.ts";

/** Options of {@linkcode putStoredProcedure} and {@linkcode putUserDefinedFunction}. */
export interface PutScriptOptions extends CommonOptions {
  readonly container: string;
  readonly id: string;
  /** The code, as text: what a function prints as depends on the bundler and the runtime. */
  readonly body: string;
}

/** Options of {@linkcode putTrigger}. */
export interface PutTriggerOptions extends PutScriptOptions {
  /** Whether it runs before or after the write that names it. */
  readonly type: "pre" | "post";
  /** @default {"all"} */
  readonly operation?: "all" | "create" | "replace" | "delete";
}

/** What a script is. */
export type ScriptKindName = "stored procedure" | "trigger" | "user-defined function";

/** What the operations on scripts declare. */
export interface PutScriptParameters {
  readonly container: string;
  readonly script: ScriptKindName;
  readonly id: string;
  /** As the service takes it; `undefined` to delete it. */
  readonly resource: JsonObject | undefined;
}

/** See {@linkcode putStoredProcedure}, {@linkcode putTrigger} and {@linkcode putUserDefinedFunction}. */
export type PutScriptOperation = Operation<"putScript", PutScriptParameters>;

/**
 * Creates or replaces a stored procedure. Undone exactly: the one that was found is captured before it is replaced, and comes back.
 *
 * @throws {CosmigError} with code `operation-refused` when id or body is empty
 *
 * @example
 * ```ts
 * import { putStoredProcedure } from "../mod.ts";
 *
 * putStoredProcedure({ container: "Orders", id: "touch", body: "function touch() { getContext().getResponse().setBody(1); }" });
 * ```
 */
export function putStoredProcedure(options: PutScriptOptions): PutScriptOperation {
  return put("stored procedure", options, {});
}

/**
 * Creates or replaces a trigger. Undone exactly: the one that was found is captured before it is replaced, and comes back.
 *
 * @throws {CosmigError} with code `operation-refused` when id or body is empty
 *
 * @example
 * ```ts
 * import { putTrigger } from "../mod.ts";
 *
 * putTrigger({ container: "Orders", id: "stamp", type: "pre", operation: "create", body: "function stamp() {}" });
 * ```
 */
export function putTrigger(options: PutTriggerOptions): PutScriptOperation {
  const { type, operation = "all" } = options;
  const capital = (word: string) => word.slice(0, 1).toUpperCase() + word.slice(1);
  return put("trigger", options, { triggerType: capital(type), triggerOperation: capital(operation) });
}

/**
 * Creates or replaces a user-defined function. Undone exactly: the one that was found is captured before it is replaced, and comes back.
 *
 * @throws {CosmigError} with code `operation-refused` when id or body is empty
 *
 * @example
 * ```ts
 * import { putUserDefinedFunction } from "../mod.ts";
 *
 * putUserDefinedFunction({ container: "Orders", id: "tax", body: "function tax(total) { return total * 0.19; }" });
 * ```
 */
export function putUserDefinedFunction(options: PutScriptOptions): PutScriptOperation {
  return put("user-defined function", options, {});
}

function put(script: ScriptKindName, options: PutScriptOptions, extra: JsonObject): PutScriptOperation {
  const { container, id, body } = options;
  requireContainerName(container, `put a ${script} into`);
  if (typeof body !== "string" || body.trim() === "") {
    throw refused(options, script, "its body is text: current value is empty or none");
  }
  if (!/^[^/\\#?]{1,255}$/.test(id)) {
    throw refused(options, script, "its id has 1 to 255 characters, none of them / \\ # ?");
  }
  return define(options, { container, script, id, resource: { id, body, ...extra } });
}

function define(options: CommonOptions, parameters: PutScriptParameters): PutScriptOperation {
  const { container, script, id, resource } = parameters;
  const what = `the ${script} "${id}"`;
  return defineOperation({
    kind: "putScript",
    step: `putScript:${container}:${script}:${id}`,
    containers: [container],
    parameters: Object.freeze({ ...parameters, resource: resource && copyJson(resource, what) }),
    fingerprint: { container, script, id, resource: resource ?? null },
    description: resource === undefined
      ? `Delete ${what} of "${container}"`
      : `Create or replace ${what} of "${container}"`,
    reversibility: "exact",
    invert: (step, captured) => restore({ ...options, name: step }, { parameters, captured }),
  }, options);
}

function restore(
  options: CommonOptions & { readonly name: string },
  { parameters, captured }: {
    readonly parameters: PutScriptParameters;
    readonly captured: JsonValue | undefined;
  },
): Operation {
  const { container, script, id } = parameters;
  if (!isJsonObject(captured)) {
    return doNothing(options.name, {
      containers: [container],
      description: `Put the ${script} "${id}" of "${container}" back to what it was`,
    });
  }
  const previous = captured["previous"];
  return define(options, { ...parameters, resource: isJsonObject(previous) ? previous : undefined });
}

function refused({ container, id }: PutScriptOptions, script: ScriptKindName, why: string): CosmigError {
  return new CosmigError(
    "operation-refused",
    `Cannot put the ${script} "${id}" into "${container}" as ${why}`,
  );
}
