import { isApplied, type MigrationRecord } from "../../definition/record.ts";
import type { RegistryEntry } from "../../definition/registry.ts";
import type { Check } from "./check.ts";

/**
 * Whether the containers are there that pending migrations work on, apart from those that one of them
 * creates. Pure.
 */
export function checkContainers(
  registry: readonly RegistryEntry[],
  { existing, records }: {
    readonly existing: ReadonlySet<string>;
    /** `undefined` when they could not be read. */
    readonly records: readonly MigrationRecord[] | undefined;
  },
): Check {
  const name = "containers";
  if (records === undefined) {
    return { name, status: "skipped", detail: "not looked at, as the history cannot be read" };
  }
  const applied = new Set(records.filter(isApplied).map(({ id }) => id));
  const pending = registry.filter(({ id }) => !applied.has(id));
  const there = new Set(existing);
  const missing = new Set<string>();
  for (const { kind, containers, ifContainerExists } of pending.flatMap(({ migration }) => migration.up)) {
    for (const container of containers) {
      if (kind === "createContainer") there.add(container);
      else if (!there.has(container) && !ifContainerExists) missing.add(container);
    }
  }
  if (missing.size > 0) {
    const names = [...missing].map((container) => `"${container}"`).join(", ");
    return {
      name,
      status: "failed",
      detail: `pending migrations work on containers that do not exist: ${names}`,
      hint:
        "Create them (az cosmosdb sql container create), with createContainer in a migration, or check the name",
    };
  }
  return {
    name,
    status: "ok",
    detail: pending.length === 0
      ? "nothing is pending"
      : `those of ${pending.length} pending migration${pending.length === 1 ? "" : "s"} exist`,
  };
}
