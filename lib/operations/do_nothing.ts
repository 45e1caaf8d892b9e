import type { DoNothingOperation } from "../definition/do_nothing.ts";
import { NO_DOCUMENT_WORK } from "./_container_settings.ts";
import type { OperationHandler } from "./handler.ts";

/** Says what is left as it is. */
export const doNothingHandler: OperationHandler<DoNothingOperation> = {
  kind: "doNothing",
  estimate: () => Promise.resolve({ documents: 0, requestUnits: 0, notes: [] }),
  apply: () => Promise.resolve(NO_DOCUMENT_WORK),
  verify: () => Promise.resolve([]),
};
