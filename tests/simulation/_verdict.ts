import { jsonEquals, type JsonObject } from "../../lib/base/json.ts";
import type { MigrationRecord } from "../../lib/definition/record.ts";
import { expectedDatabase } from "./_migrations.ts";
import type { Operator } from "./_operator.ts";
import type { Runner } from "./_runner.ts";
import type { World } from "./_world.ts";

/** Whether a late request of a dead runner left something begun, which is for the next one to finish. */
export function isAtRest({ partition }: World): boolean {
  const intent = partition.current("lease")?.["intent"];
  return (intent === undefined || intent === null) &&
    partition.list("migration:", partition.lsn).every(({ status }) =>
      status === "applied" || status === "reverted" || status === "held" || status === "baselined"
    );
}

/** The migration that failed too often, if there is one: at the end somebody has put right what was wrong, and lets it be tried again. */
export function parkedMigration({ partition, subject, plot }: World): string | undefined {
  return partition.list("migration:", partition.lsn).map(subject.recordFromDocument)
    .find((record) => subject.failedAttempts(record) >= plot.maxAttempts)?.id;
}

/** Holds what is left at the end against the promises. */
export function checkEnd(
  world: World,
  { last, operator }: { readonly last: Runner; readonly operator: Operator },
): void {
  const { subject, partition } = world;
  const records = partition.list("migration:", partition.lsn).map(subject.recordFromDocument);
  checkLedger(world, { records, last });
  checkDatabase(world, { records, operator });
}

function checkLedger(
  { menu, witness, partition, subject }: World,
  { records, last }: { readonly records: readonly MigrationRecord[]; readonly last: Runner },
): void {
  const statuses = new Map(records.map(({ id, status }) => [id, status]));
  const isAllApplied = menu.registry("first").every(({ id }) =>
    statuses.get(id) === "applied" || statuses.get(id) === "baselined"
  );
  if (!isAllApplied && !records.some(({ status }) => status === "held")) {
    witness.report(`not everything is applied: ${JSON.stringify([...statuses])}`);
  }
  if (isAllApplied && last.outcome !== "done") witness.report(`the last up ended with ${last.outcome}`);
  witness.checkOrder(records);
  const lease = partition.current("lease");
  // Created over finished records and left by somebody whom nothing kept: the next one that needs it restores it.
  if (lease === undefined || lease["provisional"] === true) return;
  if (lease["intent"] !== null) witness.report("an intent is left");
  if (!subject.digest.isFresh(lease["digest"] ?? null, records)) {
    witness.report("the lease does not know the records");
  }
}

function checkDatabase(
  world: World,
  { records, operator }: { readonly records: readonly MigrationRecord[]; readonly operator: Operator },
): void {
  const { menu, witness, service } = world;
  const expected = expectedDatabase(menu, {
    standing: (id) => witness.standingOf(records.find((record) => record.id === id)),
    hits: operator.hits,
  });
  for (const [id, documents] of expected) {
    const found = service.containers.get(id)?.documents;
    if (found === undefined) {
      witness.report("a container is lost");
      continue;
    }
    for (const choices of documents) checkDocument(world, choices, found.get(String(choices[0]?.["id"])));
    if ([...found.keys()].some((key) => !documents.some(([document]) => document?.["id"] === key))) {
      witness.report("a document is there that must not be");
    }
  }
  if ([...service.containers.keys()].some((id) => !expected.has(id))) {
    witness.report("a container is there that must not be");
  }
}

function checkDocument(
  { witness, trace }: World,
  choices: readonly JsonObject[],
  found: JsonObject | undefined,
): void {
  if (found === undefined) return witness.report("a document is lost");
  const { _etag, _ts, __cosmig, ...content } = found;
  if (choices.some((choice) => jsonEquals(content, choice))) return;
  const [expected = {}] = choices;
  trace(`expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
  if (content["hits"] !== expected["hits"]) return witness.report("an update of the application is lost");
  const names = new Set([...Object.keys(content), ...Object.keys(expected)]);
  const different = [...names].filter((name) => !jsonEquals(content[name], expected[name]));
  witness.report(`a document does not show just the applied migrations: ${different.join(", ")}`);
}
