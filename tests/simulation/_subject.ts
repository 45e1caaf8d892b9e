import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** What is simulated: the library's own modules, or a copy of them with one rule broken. */
export interface Subject {
  readonly errors: typeof import("../../lib/base/errors.ts");
  readonly retry: typeof import("../../lib/base/retry.ts");
  readonly digest: typeof import("../../lib/history/digest.ts");
  readonly runUp: typeof import("../../lib/runner/run_up.ts").runUp;
  readonly runRollback: typeof import("../../lib/runner/run_rollback.ts").runRollback;
  readonly runBaseline: typeof import("../../lib/maintenance/baseline.ts").runBaseline;
  readonly repair: typeof import("../../lib/maintenance/repair.ts").repair;
  readonly failedAttempts: typeof import("../../lib/planner/plan_up.ts").failedAttempts;
  readonly leaseTimings: typeof import("../../lib/lock/timings.ts").leaseTimings;
  readonly recordFromDocument: typeof import("../../lib/definition/record.ts").recordFromDocument;
  readonly definitions: Definitions;
  /** Queries repeat, so each is compiled once. */
  readonly compileQuery: typeof import("../../lib/sql/mod.ts").compileQuery;
}

/** What makes migrations. */
export interface Definitions {
  readonly defineMigration: typeof import("../../lib/definition/migration.ts").defineMigration;
  readonly addField: typeof import("../../lib/definition/edit_fields.ts").addField;
  readonly removeField: typeof import("../../lib/definition/edit_fields.ts").removeField;
  readonly transformDocuments:
    typeof import("../../lib/definition/transform_documents.ts").transformDocuments;
  readonly seedDocuments: typeof import("../../lib/definition/seed_documents.ts").seedDocuments;
  readonly createContainer: typeof import("../../lib/definition/create_container.ts").createContainer;
}

/** The library as it is. */
export const LIB = join(import.meta.dirname ?? ".", "../../lib");

/** Loads the modules of a library folder. */
export async function loadSubject(folder: string): Promise<Subject> {
  const load = (path: string) => import(pathToFileURL(join(folder, path)).href);
  const [
    errors,
    retry,
    digest,
    up,
    rollback,
    baseline,
    repairing,
    planning,
    timings,
    record,
    migration,
    fields,
    transform,
    seed,
    container,
    sql,
  ] = await Promise.all([
    load("base/errors.ts"),
    load("base/retry.ts"),
    load("history/digest.ts"),
    load("runner/run_up.ts"),
    load("runner/run_rollback.ts"),
    load("maintenance/baseline.ts"),
    load("maintenance/repair.ts"),
    load("planner/plan_up.ts"),
    load("lock/timings.ts"),
    load("definition/record.ts"),
    load("definition/migration.ts"),
    load("definition/edit_fields.ts"),
    load("definition/transform_documents.ts"),
    load("definition/seed_documents.ts"),
    load("definition/create_container.ts"),
    load("sql/mod.ts"),
  ]);
  const compiled = new Map<string, ReturnType<Subject["compileQuery"]>>();
  return {
    errors,
    retry,
    digest,
    runUp: up.runUp,
    runRollback: rollback.runRollback,
    runBaseline: baseline.runBaseline,
    repair: repairing.repair,
    failedAttempts: planning.failedAttempts,
    leaseTimings: timings.leaseTimings,
    recordFromDocument: record.recordFromDocument,
    definitions: { ...migration, ...fields, ...transform, ...seed, ...container },
    compileQuery: (text) => {
      const query = compiled.get(text) ?? sql.compileQuery(text);
      compiled.set(text, query);
      return query;
    },
  };
}
