import { CosmigError, CosmosError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import { parsePartitionKeyPaths, partitionKeyAsJson, partitionKeyOf } from "../bulk/document_key.ts";
import { compileSelection } from "../bulk/selection.ts";
import type { CosmosContainer, CosmosDatabase, ScriptKind } from "../cosmos/port.ts";
import { sameDocument, withoutSystemProperties } from "./_contents.ts";
import { type DocumentGoal, GoalReacher, type Refusal } from "./_reach_goals.ts";
import { sweep } from "./_sweep.ts";
import type { StepContext, StepOutcome } from "./handler.ts";

/** A copy of a whole container. */
export interface ContainerCopy {
  readonly from: CosmosContainer;
  /** Names the source in the checkpoints: its `_rid`, and which copy of it. */
  readonly source: string;
  readonly to: CosmosContainer;
  readonly partitionKeyPaths: readonly string[];
  /** Stops when so many documents were refused. */
  readonly maxRefusals: number;
}

/** What became of a copy. */
export interface CopyResult extends StepOutcome {
  readonly refusals: readonly Refusal[];
}

/**
 * Creates every document of one container in another, and changes none that is there: an equal one counts as copied, any other as refused. Resumable by the
 * checkpoints of the step.
 */
export async function copyWholeContainer(copy: ContainerCopy, context: StepContext): Promise<CopyResult> {
  const { from, source, to, maxRefusals } = copy;
  const names = parsePartitionKeyPaths(copy.partitionKeyPaths);
  const refusals: Refusal[] = [];
  const full = new FullList();
  const reacher = new GoalReacher({
    container: to,
    action: "copy",
    context,
    onRefused: (refusal) => {
      // Ranges that are copied at the same time go on for a moment.
      if (refusals.length < maxRefusals) refusals.push(refusal);
      if (refusals.length >= maxRefusals) throw full;
    },
  });
  try {
    const outcome = await sweep({
      container: from,
      containerRid: source,
      selection: compileSelection({}),
      read: "whole",
      page: (rows) => reacher.reach(rows.map((row) => creation(row, partitionKeyOf(row, names)))),
    }, context);
    return { ...outcome, refusals };
  } catch (error) {
    if (error !== full) throw error;
    return { documents: { read: 0, changed: 0, skipped: 0 }, requestUnits: 0, refusals };
  }
}

/** Enough was refused. */
class FullList extends Error {}

function creation(row: JsonObject, partitionKey: DocumentGoal["partitionKey"]): DocumentGoal {
  const document = withoutSystemProperties(row);
  return {
    id: String(row["id"]),
    partitionKey,
    first: { kind: "missing" },
    decide: (found) => {
      if (found === undefined) return { kind: "create", document, partitionKey };
      if (sameDocument(found, document)) return undefined;
      return { kind: "refused", why: "another document has the same id and partition key" };
    },
  };
}

/** Refusals that the message itself names; the record keeps 2 000 characters of it. */
const SHOWN = 20;

const SCRIPT_KINDS: readonly ScriptKind[] = ["sprocs", "triggers", "udfs"];

/** Creates the scripts of one container in another; one of the same name stays. */
export async function copyScripts(
  { database, from, to }: {
    readonly database: CosmosDatabase;
    readonly from: string;
    readonly to: string;
  },
  signal: AbortSignal,
): Promise<void> {
  for (const kind of SCRIPT_KINDS) {
    for (const script of await database.scripts(from).list(kind, { signal })) {
      try {
        await database.scripts(to).create(withoutSystemProperties(script), { kind, signal });
      } catch (error) {
        if (!(error instanceof CosmosError && error.status === 409)) throw error;
      }
    }
  }
}

/** The error that names every refused document. */
export function refusalsError(
  refusals: readonly Refusal[],
  { message, hint }: { readonly message: string; readonly hint: string },
): CosmigError {
  return new CosmigError("documents-failed", `${message}: ${refusalsInWords(refusals)}`, {
    hint,
    details: {
      failures: refusals.map(({ goal, why }) => ({
        id: goal.id,
        partitionKey: partitionKeyAsJson(goal.partitionKey),
        message: why,
      })),
    },
  });
}

/** Refusals in words, each with the document and why. */
function refusalsInWords(refusals: readonly Refusal[]): string {
  const lines = refusals.slice(0, SHOWN).map(({ goal, why }) =>
    `"${goal.id}" (partition key ${JSON.stringify(partitionKeyAsJson(goal.partitionKey))}): ${why}`
  );
  const more = refusals.length > SHOWN ? `; and ${refusals.length - SHOWN} more, see the details` : "";
  return `${lines.join("; ")}${more}`;
}
