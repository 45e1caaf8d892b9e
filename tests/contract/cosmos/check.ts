import type { JsonValue } from "../../../lib/base/json.ts";
import type { Citation } from "./citation.ts";
import type { Laboratory } from "./laboratory.ts";

/** One fact about the service. */
export interface Check {
  /** A sentence that begins with the subject; unique within the suite. */
  readonly name: string;
  readonly cites: Citation;
  readonly expected: JsonValue;
  /** Finds out how it is at an endpoint. Holds nothing that differs from run to run, such as ETags. */
  observe(laboratory: Laboratory): Promise<JsonValue>;
}

/** Thrown by a laboratory that lacks the means for a check, e.g. a way to split a physical partition. */
export class Unobservable extends Error {}
