import { CosmigError } from "../base/errors.ts";
import { isJsonObject, type JsonValue } from "../base/json.ts";
import { defineOperation, requireContainerName } from "./_define_operation.ts";
import { doNothing } from "./do_nothing.ts";
import type { CommonOptions, Operation } from "./operation.ts";

/** How long documents live that do not say it themselves: seconds, for ever while single documents may expire, or for ever altogether. */
export type DefaultTtl = number | "on-without-default" | "off";

/** Options of {@linkcode setDefaultTtl}. */
export interface DefaultTtlOptions extends CommonOptions {
  readonly container: string;
  /** Seconds since a document was last written; `"on-without-default"` lets only documents expire that carry a `ttl`; `"off"` none. */
  readonly seconds: DefaultTtl;
}

/** What {@linkcode setDefaultTtl} declares. */
export interface DefaultTtlParameters {
  readonly container: string;
  readonly seconds: DefaultTtl;
}

/** See {@linkcode setDefaultTtl}. */
export type SetDefaultTtlOperation = Operation<"setDefaultTtl", DefaultTtlParameters>;

const GREATEST_TTL_SECONDS = 2_147_483_647;

/**
 * Sets how long the documents of a container live. Undone exactly: the setting that was found is captured before it is changed. Documents that
 * expire in between do not come back.
 *
 * @throws {CosmigError} with code `operation-refused` when the seconds are not a positive whole number
 *
 * @example
 * ```ts
 * import { setDefaultTtl } from "../mod.ts";
 *
 * setDefaultTtl({ container: "Sessions", seconds: 86_400 });
 * ```
 */
export function setDefaultTtl(options: DefaultTtlOptions): SetDefaultTtlOperation {
  const { container, seconds } = options;
  requireContainerName(container, "set the default TTL of");
  requireTtl(seconds, `set the default TTL of "${container}"`);
  return defineOperation({
    kind: "setDefaultTtl",
    step: `setDefaultTtl:${container}`,
    containers: [container],
    parameters: Object.freeze({ container, seconds }),
    fingerprint: { container, seconds },
    description: `Set the default TTL of "${container}" to ${inWords(seconds)}`,
    reversibility: "exact",
    invert: (step, captured) => restoreTtl({ ...options, name: step }, captured),
  }, options);
}

/**
 * Checks a TTL.
 *
 * @throws {CosmigError} with code `operation-refused`
 */
export function requireTtl(seconds: DefaultTtl, action: string): void {
  if (seconds === "off" || seconds === "on-without-default") return;
  if (Number.isInteger(seconds) && seconds > 0 && seconds <= GREATEST_TTL_SECONDS) return;
  throw new CosmigError(
    "operation-refused",
    `Cannot ${action} as seconds is a positive whole number, "on-without-default" or "off": current value is ${seconds}`,
  );
}

/** The property `defaultTtl` of a container's definition; `undefined` leaves it out. */
export function ttlToProperty(seconds: DefaultTtl): number | undefined {
  return seconds === "off" ? undefined : seconds === "on-without-default" ? -1 : seconds;
}

/** What the property `defaultTtl` of a container's definition means. */
export function ttlFromProperty(value: JsonValue | undefined): DefaultTtl {
  return typeof value !== "number" ? "off" : value === -1 ? "on-without-default" : value;
}

function restoreTtl(options: DefaultTtlOptions, captured: JsonValue | undefined): Operation {
  const { container } = options;
  if (!isJsonObject(captured)) {
    const description = `Set the default TTL of "${container}" back to what it was`;
    return doNothing(options.name ?? "", { containers: [container], description });
  }
  return setDefaultTtl({ ...options, seconds: ttlFromProperty(captured["previous"] ?? undefined) });
}

function inWords(seconds: DefaultTtl): string {
  if (seconds === "off") return "off";
  return seconds === "on-without-default" ? "on, without a default" : `${seconds} s`;
}
