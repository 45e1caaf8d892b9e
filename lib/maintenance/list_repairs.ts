import { formatTime } from "../base/format_time.ts";
import { isApplied, type MigrationRecord } from "../definition/record.ts";
import { failedAttempts } from "../planner/plan_up.ts";
import { isChanged, type RepairInput, type RepairKind } from "./plan_repair.ts";

/** One migration that a person could repair. */
export interface Repairable {
  readonly id: string;
  readonly name: string;
  /** What is wrong, in words. */
  readonly problem: string;
  /** What could be done about it, the least intrusive first. */
  readonly choices: readonly RepairKind[];
}

/**
 * Lists what could be repaired, in the order of the ids. Pure. What the next run of `up` takes care of by itself, such as an interrupted migration, is not
 * in it, except for what failed: that may need a person before the next run.
 *
 * @param input.maxAttempts failed attempts after which a migration is parked
 */
export function listRepairs(input: RepairInput & { readonly maxAttempts: number }): readonly Repairable[] {
  const known = new Set(input.registry.map(({ id }) => id));
  return input.records.flatMap((record): readonly Repairable[] => {
    const { id, name } = record;
    const found = diagnose(record, input);
    // Only a binary that contains a migration can say which version of it is right.
    const choices = found?.choices.filter((kind) =>
      known.has(id) || kind === "retry" || kind === "release"
    ) ?? [];
    return found === undefined || choices.length === 0 ? [] : [{ id, name, problem: found.problem, choices }];
  });
}

function diagnose(
  record: MigrationRecord,
  { registry, maxAttempts }: RepairInput & { readonly maxAttempts: number },
): Pick<Repairable, "problem" | "choices"> | undefined {
  const entry = registry.find(({ id }) => id === record.id);
  const attempts = failedAttempts(record);
  const error = record.error === undefined ? "" : `: ${record.error.message}`;
  if (record.status === "held") {
    return {
      problem: `held by ${record.by} since ${formatTime(record.finishedAt ?? record.startedAt)} UTC`,
      choices: ["release"],
    };
  }
  if (
    entry !== undefined && isChanged(entry, record) && (isApplied(record) || record.status === "reverting")
  ) {
    return { problem: "changed after it was applied", choices: ["accept-checksum"] };
  }
  if (record.status === "failed" || (record.status === "running" && attempts >= maxAttempts)) {
    const parked = attempts >= maxAttempts ? "parked after" : "failed in";
    return { problem: `${parked} ${counted(attempts)}${error}`, choices: ["retry", "mark-applied"] };
  }
  if (record.status === "reverting" && attempts >= maxAttempts) {
    return { problem: `its rollback is parked after ${counted(attempts)}${error}`, choices: ["retry"] };
  }
  return undefined;
}

function counted(attempts: number): string {
  return `${attempts} ${attempts === 1 ? "attempt" : "attempts"}`;
}
