import { ConflictError } from "../base/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";

/**
 * What a command is in the middle of. Written with its first record and cleared with its last; whoever holds
 * the lease next completes it before anything else, so that a crash after the first of several rollbacks does
 * not leave the others undone.
 */
export type Intent = RollbackIntent | BaselineIntent;

/** A rollback that is not finished. */
export interface RollbackIntent {
  readonly command: "rollback";
  /** Migrations still to do, in order. */
  readonly ids: readonly string[];
  /** Leave what is reverted held. */
  readonly hold: boolean;
  /** Who asked for it. */
  readonly by: string;
}

/**
 * A baseline that is not finished. It says all that is to be recorded, so that a binary without these
 * migrations can complete it.
 */
export interface BaselineIntent {
  readonly command: "baseline";
  /** Migrations still to record, in order. */
  readonly ids: readonly string[];
  readonly migrations: readonly BaselinedMigration[];
  /** Who asked for it. */
  readonly by: string;
}

/** A migration that is to be recorded without being run. */
export interface BaselinedMigration {
  readonly id: string;
  readonly name: string;
  /** `undefined` where no file is behind it, as for what another tool has applied. */
  readonly checksum: string | undefined;
  readonly status: "baselined" | "reverted";
  readonly sequence: number;
  readonly cycle: number;
  /** When it was applied or rolled back; ISO 8601, UTC. */
  readonly at: string;
}

/** The intent as JSON. */
export function intentToJson(intent: Intent): JsonObject {
  if (intent.command === "rollback") return { ...intent, ids: [...intent.ids] };
  return {
    ...intent,
    ids: [...intent.ids],
    migrations: intent.migrations.map((migration) => ({ ...migration })),
  };
}

/**
 * Reads an intent from the lease.
 *
 * @returns `undefined` when there is none
 * @throws {ConflictError} when there is one that this version does not understand
 */
export function intentFromJson(value: JsonValue): Intent | undefined {
  if (value === null) return undefined;
  const intent = isJsonObject(value) ? readIntent(value) : undefined;
  if (intent !== undefined) return intent;
  throw new ConflictError(
    "unreadable",
    "Cannot go on as the ledger holds an unfinished command that this version does not know",
    {
      hint: "Use the version of the tool that began it",
    },
  );
}

function readIntent({ command, ids, hold, by, migrations }: JsonObject): Intent | undefined {
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === "string")) return undefined;
  const common = { ids, by: typeof by === "string" ? by : "" };
  if (command === "rollback") return { command, ...common, hold: hold === true };
  if (command !== "baseline" || !Array.isArray(migrations) || !migrations.every(isBaselined)) {
    return undefined;
  }
  return { command, ...common, migrations };
}

function isBaselined(value: JsonValue): value is JsonObject & BaselinedMigration {
  if (!isJsonObject(value)) return false;
  const { id, name, checksum, status, sequence, cycle, at } = value;
  return [id, name, at].every((text) => typeof text === "string") &&
    [sequence, cycle].every((count) => typeof count === "number") &&
    (checksum === undefined || typeof checksum === "string") &&
    (status === "baselined" || status === "reverted");
}
