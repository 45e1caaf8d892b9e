import { jsonEquals, type JsonObject } from "../../lib/base/json.ts";
import type { Change } from "./_partition.ts";

/** Whether `after` is what a repair of that kind makes of a record. */
const IS_REPAIRED: Readonly<Record<string, (before: JsonObject, after: JsonObject) => boolean>> = {
  "retry": (before, after) =>
    after["attempts"] === 0 && isSame(before, after, ["attempts", "progressed", "term"]),
  "release": (before, after) =>
    before["status"] === "held" && after["status"] === "reverted" &&
    isSame(before, after, ["status", "term"]),
  "accept-checksum": (before, after) =>
    isOneMore(before["checksums"], after["checksums"]) && isSame(before, after, ["checksums", "term"]),
  "mark-applied": (before, after) => before["status"] !== "reverting" && after["status"] === "baselined",
};

/** Holds a change by hand against what was asked for. @returns what is wrong with it; `undefined` for nothing */
export function wrongRepair(audit: Change, records: readonly Change[]): string | undefined {
  const entry: JsonObject = audit.after ?? {};
  const { action, migrationId, by, reason } = entry;
  if (audit.before !== undefined) return "an entry of the audit trail was changed";
  if (
    typeof by !== "string" || !by.startsWith("person") && !by.startsWith("last") || reason !== "simulated"
  ) {
    return "a repair does not say who did it and why";
  }
  const [record, ...more] = records;
  if (record?.after === undefined || more.length > 0 || record.after["migrationId"] !== migrationId) {
    return "a repair changed another record than it was asked to";
  }
  const isRepaired = IS_REPAIRED[String(action)];
  return isRepaired?.(record.before ?? {}, record.after)
    ? undefined
    : `a repair (${action}) did more than that`;
}

function isSame(before: JsonObject, after: JsonObject, except: readonly string[]): boolean {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].every((name) =>
    name.startsWith("_") || except.includes(name) || jsonEquals(before[name] ?? null, after[name] ?? null)
  );
}

function isOneMore(before: unknown, after: unknown): boolean {
  return Array.isArray(before) && Array.isArray(after) && after.length === before.length + 1 &&
    before.every((checksum) => after.includes(checksum));
}
