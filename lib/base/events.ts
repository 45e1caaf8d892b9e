/**
 * What happens during a run, as data. The runner emits; `reporting/` decides what a terminal, a log or a program gets to see.
 *
 * @module
 */
import type { DocumentCounts } from "./document_counts.ts";
import type { PassProgress } from "./pass_progress.ts";

/** Who holds a lease, for people. */
export interface HolderFacts {
  readonly host: string;
  readonly pid: number;
  /** Version of the tool. */
  readonly version: string;
  readonly command: string;
  /** ISO 8601, UTC; by the holder's own clock. */
  readonly since: string;
}

/** One thing that happened. */
export type RunEvent =
  | { readonly type: "ledger-created"; readonly container: string; readonly throughput: string }
  | {
    readonly type: "lease-waiting";
    /** `undefined` when the lease is free again and somebody else may be faster. */
    readonly holder: HolderFacts | undefined;
    readonly waitedMs: number;
  }
  | {
    readonly type: "migrations-awaited";
    /** Ids that are still to be applied. */
    readonly pending: readonly string[];
    /** `undefined` or `null` when nobody migrates. */
    readonly holder: HolderFacts | null | undefined;
    readonly waitedMs: number;
  }
  | {
    readonly type: "lease-acquired";
    readonly term: number;
    readonly takenOverFrom: HolderFacts | undefined;
  }
  | { readonly type: "lease-renewed"; readonly term: number }
  | { readonly type: "lease-released"; readonly term: number; readonly unsettled: boolean }
  | { readonly type: "settling"; readonly waitMs: number; readonly reason: string }
  | { readonly type: "intent-resumed"; readonly command: string; readonly ids: readonly string[] }
  | {
    readonly type: "migration-started";
    readonly id: string;
    readonly name: string;
    readonly direction: "up" | "down";
    /** Position in this run, from 1. */
    readonly position: number;
    readonly total: number;
    readonly resumed: boolean;
  }
  | {
    readonly type: "step-started";
    readonly id: string;
    readonly step: string;
    readonly description: string;
    readonly position: number;
    readonly total: number;
  }
  | {
    readonly type: "step-progressed";
    readonly id: string;
    readonly step: string;
    readonly progress: PassProgress;
  }
  | { readonly type: "step-logged"; readonly id: string; readonly step: string; readonly message: string }
  | {
    readonly type: "step-finished";
    readonly id: string;
    readonly step: string;
    readonly outcome: "done" | "skipped" | "done-before";
    readonly documents: DocumentCounts;
    readonly requestUnits: number;
    readonly durationMs: number;
  }
  | {
    readonly type: "migration-applied" | "migration-reverted";
    readonly id: string;
    readonly name: string;
    readonly documents: DocumentCounts;
    readonly requestUnits: number;
    readonly durationMs: number;
  }
  | {
    readonly type: "migration-failed";
    readonly id: string;
    readonly name: string;
    readonly message: string;
    readonly attempts: number;
    readonly maxAttempts: number;
  }
  | { readonly type: "warned"; readonly message: string };

/** Receives events; must not throw. */
export type EventSink = (event: RunEvent) => void;
