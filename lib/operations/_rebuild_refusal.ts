import { CosmigError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";

/** Why a rebuild does not go on, and how it can. */
export function refuseRebuild(
  container: string,
  why: string,
  options: { readonly hint: string; readonly details?: JsonObject },
): CosmigError {
  return new CosmigError("operation-refused", `Cannot rebuild the container "${container}" as ${why}`, {
    hint: options.hint,
    details: { container, ...options.details },
  });
}
