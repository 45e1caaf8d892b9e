import { formatDuration } from "../base/duration.ts";
import type { RunEvent } from "../base/events.ts";
import { formatHolder } from "../base/format_holder.ts";
import { formatAmount, formatCost } from "./format.ts";
import { formatProgress } from "./progress.ts";

/** How much a line matters. */
export type Level = "info" | "warning" | "error";

/** One line about an event. */
export interface EventLine {
  readonly level: Level;
  readonly text: string;
}

/** An event in words, stable and without a time stamp; `undefined` for what only a program wants to know. */
export function describeEvent(event: RunEvent): EventLine | undefined {
  switch (event.type) {
    case "lease-renewed":
      return undefined;
    case "migration-failed":
      return {
        level: "error",
        text:
          `Failed ${event.id} ${event.name} (attempt ${event.attempts} of ${event.maxAttempts}): ${event.message}`,
      };
    case "warned":
      return { level: "warning", text: `Warning: ${event.message}` };
    case "lease-released":
      return event.unsettled
        ? {
          level: "warning",
          text:
            "Lease released; some requests were never answered, so the next holder pauses before it writes",
        }
        : { level: "info", text: "Lease released" };
    default:
      return { level: "info", text: describeProgressOfRun(event) };
  }
}

type OrdinaryEvent = Exclude<
  RunEvent,
  { readonly type: "lease-renewed" | "migration-failed" | "warned" | "lease-released" }
>;

function describeProgressOfRun(event: OrdinaryEvent): string {
  switch (event.type) {
    case "ledger-created":
      return `Created the ledger container "${event.container}" (throughput: ${event.throughput})`;
    case "lease-waiting": {
      const who = event.holder === undefined
        ? "it is free, and others try as well"
        : `held by ${formatHolder(event.holder)}`;
      return `Waiting for the lease: ${who}; waited ${formatDuration(event.waitedMs)}`;
    }
    case "migrations-awaited": {
      const who = event.holder == null ? "nobody migrates" : `at work is ${formatHolder(event.holder)}`;
      return `Waiting for ${formatAmount(event.pending.length, "migration")}: ${who}; waited ${
        formatDuration(event.waitedMs)
      }`;
    }
    case "lease-acquired":
      return `Lease acquired, term ${event.term}${
        event.takenOverFrom === undefined ? "" : `, taken over from ${formatHolder(event.takenOverFrom)}`
      }`;
    case "settling":
      return `Pausing ${formatDuration(event.waitMs)} before the first change: ${event.reason}`;
    case "intent-resumed":
      return `Completing an interrupted ${event.command}: ${event.ids.join(", ")}`;
    case "migration-started": {
      const verb = event.direction === "down" ? "Rolling back" : event.resumed ? "Resuming" : "Applying";
      return `${verb} ${event.id} ${event.name} (${event.position} of ${event.total})`;
    }
    case "step-started":
      return `  step ${event.position} of ${event.total}: ${event.description}`;
    case "step-progressed":
      return `  ${formatProgress(event.progress)}`;
    case "step-logged":
      return `  | ${event.message}`;
    case "step-finished":
      return `  ${describeOutcome(event)}`;
    case "migration-applied":
      return `Applied ${event.id} ${event.name}: ${formatCost(event)}`;
    case "migration-reverted":
      return `Rolled back ${event.id} ${event.name}: ${formatCost(event)}`;
  }
}

function describeOutcome(event: Extract<RunEvent, { readonly type: "step-finished" }>): string {
  switch (event.outcome) {
    case "done":
      return `done: ${formatCost(event)}`;
    case "done-before":
      return "done by an earlier run";
    case "skipped":
      return "skipped: the container does not exist";
  }
}
