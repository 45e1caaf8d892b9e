import type { Clock } from "../base/clock.ts";
import { CosmigError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import type { DocumentWrite, PartitionKey } from "../cosmos/port.ts";
import { type PartitionKeyNames, partitionKeyOf, samePartitionKey } from "./document_key.ts";
import type { Decision, Pass } from "./pass.ts";
import type { Selection } from "./selection.ts";

const SYSTEM_PROPERTIES = new Set(["_rid", "_self", "_etag", "_ts", "_attachments", "_lsn"]);

/** What a decision rests on. */
export interface DecideOptions {
  readonly pass: Pass;
  readonly selection: Selection;
  readonly partitionKeyNames: PartitionKeyNames;
  readonly clock: Clock;
}

/** A document that is to be written, or that cannot be. */
export type DecidedDocument = {
  readonly id: string;
  readonly partitionKey: PartitionKey;
} & ({ readonly write: DocumentWrite } | { readonly failure: unknown });

/**
 * Decides about one document as it was read.
 *
 * @returns the write, a failure of this document, or `undefined` when it stays as it is
 * @throws {CosmigError} with code `operation-refused` when the pass would change the document twice, or its id or partition key
 * @throws whatever says that not the document but the run has a problem: a {@linkcode TemporaryError}, a lost lease, an abort
 */
export async function decideDocument(
  document: JsonObject,
  options: DecideOptions,
): Promise<DecidedDocument | undefined> {
  const partitionKey = partitionKeyOf(document, options.partitionKeyNames);
  const id = String(document["id"]);
  let decision: Decision;
  try {
    const deciding = options.pass.decide(document);
    decision = deciding instanceof Promise ? await deciding : deciding;
  } catch (error) {
    if (isProblemOfRun(error)) throw error;
    return { id, partitionKey, failure: error };
  }
  if (decision.kind === "skip") return undefined;
  const after = decision.kind === "replace" ? withoutSystemProperties(decision.document) : decision.after;
  requireSameKey(after, { id, partitionKey, options });
  await requireConvergence(document, { id, after, options });
  const ifMatch = String(document["_etag"]);
  return {
    id,
    partitionKey,
    write: decision.kind === "replace"
      ? { kind: "replace", id, partitionKey, document: after, ifMatch }
      : { kind: "patch", id, partitionKey, operations: decision.operations, ifMatch },
  };
}

/** Every error of the tool says what it is about; only an unnamed one, or one that says so, is about the document. */
function isProblemOfRun(error: unknown): boolean {
  if (error instanceof CosmigError) return error.code !== "documents-failed";
  return error instanceof DOMException && error.name === "AbortError";
}

function withoutSystemProperties(document: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(document).filter(([name]) => !SYSTEM_PROPERTIES.has(name)));
}

interface Known {
  readonly id: string;
  readonly partitionKey: PartitionKey;
  readonly options: DecideOptions;
}

function requireSameKey(after: JsonObject, { id, partitionKey, options }: Known): void {
  const key = partitionKeyOf(after, options.partitionKeyNames);
  const changed = after["id"] !== id
    ? { what: "id", value: after["id"] }
    : !samePartitionKey(key, partitionKey)
    ? { what: "partition key", value: key.map((value) => value === undefined ? {} : value) }
    : undefined;
  if (changed === undefined) return;
  const { container } = options.pass;
  throw new CosmigError(
    "operation-refused",
    `Cannot change document ${JSON.stringify(id)} of "${container}" as its ${changed.what} has to stay: ` +
      `current value is ${JSON.stringify(changed.value)}`,
    {
      hint: "Documents change their id or partition key with moveToPartition",
      details: { container, id, changed: changed.what },
    },
  );
}

async function requireConvergence(
  document: JsonObject,
  { id, after, options }: {
    readonly id: string;
    readonly after: JsonObject;
    readonly options: DecideOptions;
  },
): Promise<void> {
  const { pass, selection, clock } = options;
  if (pass.convergence === "repeatable") return;
  const written = asStored(after, { before: document, clock });
  const converges = pass.convergence === "where"
    ? !selection.matches(written)
    : await isSkipped(written, pass);
  if (converges) return;
  throw new CosmigError(
    "operation-refused",
    pass.convergence === "where"
      ? `Cannot change document ${
        JSON.stringify(id)
      } of "${pass.container}" as its result still meets \`${pass.where}\`: ` +
        "a pass that is interrupted and resumed would change it twice"
      : `Cannot change document ${
        JSON.stringify(id)
      } of "${pass.container}" as its result would be changed again: ` +
        "a pass that is interrupted and resumed would change it twice",
    {
      hint: "Select only documents that still need work with `where`, or set `mark: true`, or give `isDone`",
      details: { container: pass.container, id, ...(pass.where === undefined ? {} : { where: pass.where }) },
    },
  );
}

async function isSkipped(document: JsonObject, pass: Pass): Promise<boolean> {
  try {
    return (await pass.decide(document)).kind === "skip";
  } catch (error) {
    if (isProblemOfRun(error)) throw error;
    return false;
  }
}

/** The document as the service would store it now. */
function asStored(
  after: JsonObject,
  { before, clock }: { readonly before: JsonObject; readonly clock: Clock },
): JsonObject {
  const system = Object.entries(before).filter(([name]) => SYSTEM_PROPERTIES.has(name));
  const stored = { ...after, ...Object.fromEntries(system) };
  return "_ts" in before ? { ...stored, _ts: Math.floor(clock.wallMs() / 1_000) } : stored;
}
