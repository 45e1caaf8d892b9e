import type { Pass } from "../../bulk/pass.ts";
import type { PatchOperation } from "../../cosmos/port.ts";
import type { Operation } from "../../definition/operation.ts";
import type { DocumentSelection } from "../../definition/record.ts";
import { TOUCH_PROPERTY } from "../../definition/reserved_property.ts";
import type { StepContext } from "../handler.ts";
import type { TraceOwner } from "./trace.ts";

const OPERATIONS: readonly PatchOperation[] = [
  { op: "add", path: `/${TOUCH_PROPERTY}`, value: true },
  { op: "remove", path: `/${TOUCH_PROPERTY}` },
];

/**
 * A pass that changes nothing but ETags, so that late writes of a dead runner fail. What such a runner may still write is what the operation still
 * selects: every other document has got another ETag by the very change.
 */
export function touchPass(selection: DocumentSelection): Pass {
  return {
    ...selection,
    read: [],
    decide: (document) => ({ kind: "patch", operations: OPERATIONS, after: document }),
    convergence: "repeatable",
    onError: "stop",
  };
}

/** In whose name a step notes things in documents. */
export function ownerOf(
  { step }: Operation,
  { migrationId, cycle, direction }: Pick<StepContext, "migrationId" | "cycle" | "direction">,
): TraceOwner {
  return { migrationId, step, cycle, way: direction };
}
