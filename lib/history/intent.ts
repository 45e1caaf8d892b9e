import { ConflictError } from "../base/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";

/**
 * What a command is in the middle of. Written with its first record and cleared with its last; whoever holds the lease next completes it before anything
 * else, so that a crash after the first of several rollbacks does not leave the others undone.
 */
export interface Intent {
  readonly command: "rollback" | "baseline";
  /** Migrations still to do, in order. */
  readonly ids: readonly string[];
  /** Leave what is reverted held. */
  readonly hold: boolean;
  /** Who asked for it. */
  readonly by: string;
}

/** The intent as JSON. */
export function intentToJson(intent: Intent): JsonObject {
  return { ...intent, ids: [...intent.ids] };
}

/**
 * Reads an intent from the lease.
 *
 * @returns `undefined` when there is none
 * @throws {ConflictError} when there is one that this version does not understand
 */
export function intentFromJson(value: JsonValue): Intent | undefined {
  if (value === null) return undefined;
  if (isJsonObject(value)) {
    const { command, ids, hold, by } = value;
    if (
      (command === "rollback" || command === "baseline") && Array.isArray(ids) &&
      ids.every((id) => typeof id === "string")
    ) {
      return { command, ids, hold: hold === true, by: typeof by === "string" ? by : "" };
    }
  }
  throw new ConflictError(
    "unreadable",
    "Cannot go on as the ledger holds an unfinished command that this version does not know",
    {
      hint: "Use the version of the tool that began it",
    },
  );
}
