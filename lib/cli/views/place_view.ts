import type { Place } from "../session.ts";

/** Where a result comes from, in one line. */
export function describePlace({ endpoint, database, scope, historyContainer }: Place): string {
  return `Database "${database}" at ${
    new URL(endpoint).host
  }, history "${historyContainer}", scope "${scope}"`;
}
