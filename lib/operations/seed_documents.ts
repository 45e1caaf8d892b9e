import { CosmigError } from "../base/errors.ts";
import { jsonEquals, type JsonObject } from "../base/json.ts";
import { parsePartitionKeyPaths, partitionKeyAsJson, partitionKeyOf } from "../bulk/document_key.ts";
import { mapBounded } from "../bulk/map_bounded.ts";
import { chargeOfRead } from "../bulk/read_again.ts";
import type { DocumentWrite, PartitionKey, StoredDocument } from "../cosmos/port.ts";
import type { DocumentSelection } from "../definition/record.ts";
import { isReservedProperty } from "../definition/reserved_property.ts";
import type { RemoveSeededDocumentsOperation, SeedDocumentsOperation } from "../definition/seed_documents.ts";
import { ifExists, propertiesOf } from "./_container_settings.ts";
import { type DocumentGoal, reachGoals } from "./_reach_goals.ts";
import type { Estimate, EstimateContext, OperationHandler, StepContext, StepOutcome } from "./handler.ts";

type SeedOperation = SeedDocumentsOperation | RemoveSeededDocumentsOperation;

/** A document that is given, and where it belongs. */
interface Seed {
  readonly document: JsonObject;
  readonly id: string;
  readonly partitionKey: PartitionKey;
}

/** The write that is needed, from what was found; `undefined` for none. */
type Decide = (seed: Seed, found: StoredDocument | undefined) => DocumentWrite | undefined;

/** More documents than this are not looked at one by one for an estimate. */
const MOST_ESTIMATED = 1_000;
const READS_AT_ONCE = 8;
/** Request units for a write of a kilobyte with the usual index. */
const RU_PER_KILOBYTE = 6;

/** More ids than this are not listed in a condition, which stands in the ledger: the whole container is meant then. */
const MOST_LISTED = 200;

/** Writes documents that are given. */
export const seedDocumentsHandler: OperationHandler<SeedDocumentsOperation> = {
  kind: "seedDocuments",
  estimate: (operation, context) => estimate(operation, { context, decide: decideSeed(operation) }),
  apply: (operation, context) =>
    apply(operation, {
      context,
      action: "seed",
      decide: decideSeed(operation),
      expectMissing: operation.parameters.mode === "insert-missing",
    }),
  selection: (operation) => operation.parameters.mode === "insert-missing" ? undefined : selection(operation),
  verify: async (operation, context) => {
    const { container } = operation.parameters;
    const open = await openSeeds(operation, { context, decide: decideSeed(operation) });
    if (open === undefined) return [`The container "${container}" does not exist`];
    return open.map(({ seed, found }) =>
      `The document "${seed.id}" of "${container}" ${
        found === undefined ? "is missing" : "was changed since"
      }`
    );
  },
};

/** Deletes documents that still are as they were seeded. */
export const removeSeededDocumentsHandler: OperationHandler<RemoveSeededDocumentsOperation> = {
  kind: "removeSeededDocuments",
  estimate: (operation, context) => estimate(operation, { context, decide: decideRemoval }),
  apply: (operation, context) =>
    apply(operation, { context, action: "delete", decide: decideRemoval, expectMissing: false }),
  verify: async (operation, context) => {
    const open = await openSeeds(operation, { context, decide: decideRemoval }) ?? [];
    return open.map(({ seed }) =>
      `The document "${seed.id}" of "${operation.parameters.container}" is still there`
    );
  },
};

function decideSeed({ parameters: { mode } }: SeedDocumentsOperation): Decide {
  return ({ document, id, partitionKey }, found) => {
    if (found === undefined) return { kind: "create", document, partitionKey };
    if (mode === "insert-missing" || isAsSeeded(found, document)) return undefined;
    return { kind: "replace", id, document, partitionKey, ifMatch: found._etag };
  };
}

function decideRemoval({ document, id, partitionKey }: Seed, found: StoredDocument | undefined) {
  return found !== undefined && isAsSeeded(found, document)
    ? { kind: "delete", id, partitionKey, ifMatch: found._etag } as const
    : undefined;
}

/** Whether a document is what was seeded, apart from what the service and this tool keep in it. */
function isAsSeeded(found: StoredDocument, document: JsonObject): boolean {
  const own = Object.entries(found).filter(([name]) => !isReservedProperty(name));
  return jsonEquals(Object.fromEntries(own), document);
}

async function apply(
  operation: SeedOperation,
  options: {
    readonly context: StepContext;
    readonly action: string;
    readonly decide: Decide;
    readonly expectMissing: boolean;
  },
): Promise<StepOutcome> {
  const { container } = operation.parameters;
  const { context, action, decide, expectMissing } = options;
  const { partitionKeyPaths } = await propertiesOf({ container, action: `${action} documents` }, context);
  const goals = seedsOf(operation, partitionKeyPaths).map((seed): DocumentGoal => ({
    ...seed,
    first: { kind: expectMissing ? "missing" : "look" },
    decide: (found) => decide(seed, found),
  }));
  return await reachGoals(goals, { container, action, context });
}

/** Documents of these ids, whatever their partition. */
function selection({ parameters: { container, documents } }: SeedOperation): DocumentSelection {
  if (documents.length > MOST_LISTED) return { container };
  return { container, where: `c.id IN (${documents.map(({ id }) => JSON.stringify(id)).join(", ")})` };
}

async function estimate(
  operation: SeedOperation,
  { context, decide }: { readonly context: EstimateContext; readonly decide: Decide },
): Promise<Estimate> {
  const { documents } = operation.parameters;
  const { partitionKeyPaths } = await context.database.container(operation.parameters.container)
    .properties({ signal: context.signal });
  seedsOf(operation, partitionKeyPaths);
  if (context.count === "none" || documents.length > MOST_ESTIMATED) {
    return { documents: undefined, requestUnits: undefined, notes: [] };
  }
  const open = await openSeeds(operation, { context, decide }) ?? [];
  const kilobytes = open.map(({ seed }) => Math.ceil(JSON.stringify(seed.document).length / 1_024));
  return {
    documents: open.length,
    requestUnits: kilobytes.reduce((sum, size) => sum + size * RU_PER_KILOBYTE, 0),
    notes: [],
  };
}

/** The seeds that are not as they are to be; `undefined` without the container. */
async function openSeeds(
  operation: SeedOperation,
  { context, decide }: { readonly context: EstimateContext; readonly decide: Decide },
): Promise<readonly { readonly seed: Seed; readonly found: StoredDocument | undefined }[] | undefined> {
  const { signal } = context;
  const container = context.database.container(operation.parameters.container);
  const properties = await ifExists(() => container.properties({ signal }));
  if (properties === undefined) return undefined;
  const governor = await context.budget.governorOf(container, context);
  const looked = await mapBounded(seedsOf(operation, properties.partitionKeyPaths), {
    atOnce: READS_AT_ONCE,
    action: async (seed) => ({
      seed,
      found: await governor.send(() => container.read(seed.id, { partitionKey: seed.partitionKey, signal }), {
        ...{ kind: "look", documents: 1, signal },
        chargeOf: (document) => chargeOfRead(document),
      }),
    }),
  });
  return looked.filter(({ seed, found }) => decide(seed, found) !== undefined);
}

function seedsOf({ parameters }: SeedOperation, partitionKeyPaths: readonly string[]): readonly Seed[] {
  const names = parsePartitionKeyPaths(partitionKeyPaths);
  const seen = new Set<string>();
  return parameters.documents.map((document) => {
    const seed = {
      document,
      id: String(document["id"]),
      partitionKey: partitionKeyOf(document, names),
    };
    const key = JSON.stringify([seed.id, partitionKeyAsJson(seed.partitionKey)]);
    if (!seen.has(key)) {
      seen.add(key);
      return seed;
    }
    throw new CosmigError(
      "operation-refused",
      `Cannot write the document "${seed.id}" to "${parameters.container}" twice`,
      { hint: "Give one another id, or another partition key", details: { id: seed.id } },
    );
  });
}
