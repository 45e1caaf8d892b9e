import type { JsonObject } from "../base/json.ts";
import { addCounts } from "../base/document_counts.ts";
import {
  partitionKeyAsJson,
  type PartitionKeyNames,
  partitionKeyOf,
  samePartitionKey,
} from "../bulk/document_key.ts";
import { compileSelection } from "../bulk/selection.ts";
import type { CosmosContainer, PartitionKey, StoredDocument } from "../cosmos/port.ts";
import { sameDocument, withoutSystemProperties } from "./_contents.ts";
import { patiently } from "./_patiently.ts";
import { RangeDirectory } from "./_range_directory.ts";
import { type DocumentGoal, GoalReacher } from "./_reach_goals.ts";
import { sweep } from "./_sweep.ts";
import type { StepContext, StepOutcome } from "./handler.ts";
import { CosmosError } from "../base/errors.ts";

/** Two containers, of which the second is to become what the first is. */
export interface Replica {
  readonly from: CosmosContainer;
  readonly fromNames: PartitionKeyNames;
  readonly to: CosmosContainer;
  readonly toNames: PartitionKeyNames;
}

/** Brings documents of the first container, as they were read from its change feed, to the second. */
export function followGoals(
  documents: readonly StoredDocument[],
  { toNames }: Pick<Replica, "toNames">,
): readonly DocumentGoal[] {
  return documents.map((changed) => {
    const document = withoutSystemProperties(changed);
    const partitionKey = partitionKeyOf(document, toNames);
    return {
      id: changed.id,
      partitionKey,
      first: { kind: "look" },
      decide: (found) => {
        if (found === undefined) return { kind: "create", document, partitionKey };
        if (sameDocument(found, document)) return undefined;
        return { kind: "replace", id: changed.id, document, partitionKey, ifMatch: found._etag };
      },
    };
  });
}

/**
 * Deletes from the second container what the first does not have (any more), by comparing keys: a change feed does not tell of deletes. What was written to the
 * first in between is looked at again right before its delete.
 *
 * @param options.source names the copy in the checkpoints
 */
export async function deleteVanished(
  replica: Replica,
  options: { readonly source: string; readonly context: StepContext },
): Promise<StepOutcome> {
  const { to, from, fromNames, toNames } = replica;
  const { context } = options;
  const directory = new RangeDirectory(from, context.signal);
  const reacher = new GoalReacher({ container: to, action: "delete", context });
  const keys = [...fromNames, ...toNames].flatMap((path) => path.slice(0, 1));
  return await sweep({
    container: to,
    containerRid: options.source,
    selection: compileSelection({}),
    read: [...new Set(["id", "_etag", ...keys])],
    page: async (rows) => {
      const { existing, charge } = await keysOf(rows, { ...replica, directory, context });
      const vanished = rows.filter((row) => !existing.has(nameOf(row, toNames)));
      const outcome = await reacher.reach(vanished.map((row): DocumentGoal => ({
        id: String(row["id"]),
        partitionKey: partitionKeyOf(row, toNames),
        first: { kind: "known", document: row as StoredDocument },
        // What is not as it was listed was written since, by whoever follows the feed; the next look decides.
        decide: (found) =>
          found === row
            ? {
              kind: "delete",
              id: String(row["id"]),
              partitionKey: partitionKeyOf(row, toNames),
              ifMatch: String(row["_etag"]),
            }
            : undefined,
      })));
      return {
        documents: addCounts(outcome.documents, {
          read: rows.length - vanished.length,
          changed: 0,
          skipped: rows.length - vanished.length,
        }),
        requestUnits: outcome.requestUnits + charge,
      };
    },
  }, context);
}

/** Which of the listed documents the first container has, named as the second one would. */
async function keysOf(
  rows: readonly JsonObject[],
  { from, fromNames, toNames, directory, context }: Replica & {
    readonly directory: RangeDirectory;
    readonly context: StepContext;
  },
): Promise<{ readonly existing: ReadonlySet<string>; readonly charge: number }> {
  const { signal } = context;
  const keys = [...fromNames, ...toNames].flatMap((path) => path.slice(0, 1));
  const members = [...new Set(["id", ...keys])].map((name) =>
    `${JSON.stringify(name)}: c[${JSON.stringify(name)}]`
  );
  const query = `SELECT VALUE {${members.join(", ")}} FROM c WHERE ARRAY_CONTAINS(@ids, c.id)`;
  const governor = await context.budget.governorOf(from, context);
  return await patiently(context, async () => {
    const existing = new Set<string>();
    let charge = 0;
    const places = new Map<string, { readonly ids: string[]; readonly keys: PartitionKey[] }>();
    for (const row of rows) {
      const partitionKey = partitionKeyOf(row, fromNames);
      const { id } = await directory.rangeOf(partitionKey);
      const place = places.get(id) ?? { ids: [], keys: [] };
      place.ids.push(String(row["id"]));
      place.keys.push(partitionKey);
      places.set(id, place);
    }
    for (const range of await directory.ranges()) {
      const place = places.get(range.id);
      if (place === undefined) continue;
      let continuation: string | undefined;
      do {
        try {
          const parameters = { ids: place.ids };
          const position = { range, continuation };
          const page = await governor.send(
            () => from.query({ ...position, query, parameters, maxItems: 1_000, signal }),
            { kind: "read", documents: place.ids.length, signal, chargeOf: (answer) => answer.charge },
          );
          charge += page.charge;
          for (const row of page.rows) {
            const partitionKey = partitionKeyOf(row, fromNames);
            if (place.keys.some((key) => samePartitionKey(key, partitionKey))) {
              existing.add(nameOf(row, toNames));
            }
          }
          continuation = page.continuation;
        } catch (error) {
          if (error instanceof CosmosError && error.status === 410) directory.forget();
          throw error;
        }
      } while (continuation !== undefined);
    }
    return { existing, charge };
  });
}

function nameOf(row: JsonObject, names: PartitionKeyNames): string {
  return JSON.stringify([row["id"], partitionKeyAsJson(partitionKeyOf(row, names))]);
}
