import type { CosmosError } from "../base/errors.ts";

/** The service no longer knows the physical range (410): it split, merged or moved. Never leaves this folder. */
export class RangeGoneError extends Error {
  constructor(cause: CosmosError | undefined) {
    super("The range is gone", { cause });
    this.name = "RangeGoneError";
  }
}
