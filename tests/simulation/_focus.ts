import type { FaultProfile } from "./_faults.ts";
import type { ServiceBehaviour } from "./_service.ts";

/** What a schedule may contain. Everything is drawn from the seed; a focus only leaves things out, or makes a fault more frequent. */
export interface Focus extends ServiceBehaviour {
  readonly migrations: "any" | "conditional" | "unconditional";
  readonly consistency: "any" | "session" | "eventual";
  /** `plain`: nothing but runners that go up and back; `corrected`: another version of a migration arrives. */
  readonly plot: "any" | "plain" | "corrected";
  /** One `up` and one `rollback --hold` that meets it half-way. */
  readonly isDuel: boolean;
  /** Faults that are to be there in every schedule. */
  readonly faults: Partial<FaultProfile>;
}

/** Everything, on a service that one can rely on. */
export const NO_FOCUS: Focus = {
  migrations: "any",
  consistency: "any",
  plot: "any",
  isDuel: false,
  faults: {},
  deletesContainersByName: false,
  ignoresDocumentConditions: false,
};
