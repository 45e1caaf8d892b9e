import { defineOperation } from "./_define_operation.ts";
import type { Operation } from "./operation.ts";

/** An operation that is only words. */
export type DoNothingOperation = Operation<"doNothing", Readonly<Record<string, never>>>;

/**
 * The inverse of something that changed nothing: what was to be made was there before, or (while planning, when nothing is captured) what will be
 * put back is not known yet. A step that captured nothing has changed nothing, since capturing comes first.
 */
export function doNothing(
  step: string,
  { containers, description }: { readonly containers: readonly string[]; readonly description: string },
): DoNothingOperation {
  return defineOperation({
    kind: "doNothing",
    step,
    containers,
    parameters: {},
    fingerprint: {},
    description,
    reversibility: "exact",
    invert: (key) => doNothing(key, { containers, description }),
  }, {});
}
