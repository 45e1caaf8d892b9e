import { createHash } from "node:crypto";
import { addCounts, NO_DOCUMENTS } from "../base/document_counts.ts";
import { CosmigError, messageOf, TemporaryError } from "../base/errors.ts";
import { canonicalJson, isJsonObject, jsonEquals, type JsonObject, type JsonValue } from "../base/json.ts";
import {
  parsePartitionKeyPaths,
  partitionKeyAsJson,
  type PartitionKeyNames,
  partitionKeyOf,
  samePartitionKey,
} from "../bulk/document_key.ts";
import { mapBounded } from "../bulk/map_bounded.ts";
import { runPass } from "../bulk/run_pass.ts";
import { compileSelection, type Selection } from "../bulk/selection.ts";
import type { CosmosContainer, PartitionKey, StoredDocument } from "../cosmos/port.ts";
import type { MoveToPartitionOperation, MoveToPartitionParameters } from "../definition/move_to_partition.ts";
import { pathToSql } from "../definition/path.ts";
import { TRACE_PROPERTY } from "../definition/reserved_property.ts";
import { propertiesOf } from "./_container_settings.ts";
import { withoutSystemProperties } from "./_contents.ts";
import { type DocumentGoal, GoalReacher } from "./_reach_goals.ts";
import { sweep } from "./_sweep.ts";
import { countDocuments, estimateDocuments } from "./documents/estimate_documents.ts";
import type { OperationHandler, StepContext, StepOutcome } from "./handler.ts";

/** Moves documents to other partitions. */
export const moveToPartitionHandler: OperationHandler<MoveToPartitionOperation> = {
  kind: "moveToPartition",
  estimate: ({ parameters: { container, where } }, context) =>
    estimateDocuments({
      container,
      selection: { where, parameters: {} },
      notes: ["each document is created in its new place, read back, and only then deleted in its old one"],
    }, context),
  apply: async (operation, context) => {
    const { container: id, where } = operation.parameters;
    const properties = await propertiesOf({ container: id, action: "move documents" }, context);
    const container = context.database.container(id);
    const selection = compileSelection({ where });
    const mover = new Mover({
      parameters: operation.parameters,
      note: { migrationId: context.migrationId, step: operation.step },
      names: parsePartitionKeyPaths(properties.partitionKeyPaths),
      container,
      selection,
      context,
    });
    const outcome = await sweep({
      container,
      // The checkpoints of the pass below are about the same container.
      containerRid: `${properties.rid}#move`,
      selection,
      read: "whole",
      page: (rows) => mover.move(rows as readonly StoredDocument[]),
    }, context);
    const { requestUnits } = await removeNotes(operation, context);
    return { ...outcome, requestUnits: outcome.requestUnits + requestUnits };
  },
  selection: ({ parameters: { container, where } }) => ({ container, where }),
  verify: async ({ parameters: { container, where } }, context) => {
    const selection = { where, parameters: {} };
    const count = await countDocuments(context.database.container(container), { selection, context });
    return count === 0 ? [] : [`${count} documents of "${container}" still meet \`${where}\``];
  },
};

interface MoverOptions {
  readonly parameters: MoveToPartitionParameters;
  readonly note: NoteKey;
  readonly names: PartitionKeyNames;
  readonly container: CosmosContainer;
  readonly selection: Selection;
  readonly context: StepContext;
}

/** A document on its way. */
interface Move {
  readonly id: string;
  readonly old: StoredDocument;
  readonly oldKey: PartitionKey;
  /** As it is to be, without a note. */
  readonly document: JsonObject;
  readonly newKey: PartitionKey;
}

/** Moves the documents of a page: create, read back, delete; what changed in between goes through all three again. */
class Mover {
  readonly #options: MoverOptions;
  readonly #reacher: GoalReacher;
  readonly #deleter: GoalReacher;

  constructor(options: MoverOptions) {
    this.#options = options;
    this.#reacher = new GoalReacher({ ...options, action: "move" });
    this.#deleter = new GoalReacher({ ...options, action: "move" });
  }

  async move(rows: readonly StoredDocument[]): Promise<StepOutcome> {
    const { clock, settings } = this.#options.context;
    const deadlineMs = clock.monotonicMs() + settings.patienceMs;
    let documents = { ...NO_DOCUMENTS, read: rows.length };
    let requestUnits = 0;
    let open = rows;
    while (open.length > 0) {
      const moves = open.map((row) => this.#plan(row));
      const created = await this.#reacher.reach(moves.map((move) => this.#creation(move)));
      await this.#verify(moves);
      const changed: StoredDocument[] = [];
      const deleted = await this.#deleter.reach(moves.map((move) => this.#deletion(move, changed)));
      documents = addCounts(documents, { ...NO_DOCUMENTS, changed: deleted.documents.changed });
      requestUnits += created.requestUnits + deleted.requestUnits;
      open = changed;
      if (open.length > 0 && clock.monotonicMs() > deadlineMs) throw this.#outOfPatience(open);
    }
    return { documents: { ...documents, skipped: rows.length - documents.changed }, requestUnits };
  }

  #plan(old: StoredDocument): Move {
    const { parameters: { move, where, container }, names, note, selection } = this.#options;
    const before = withoutNote(withoutSystemProperties(old), note);
    let document: JsonObject;
    try {
      document = withoutSystemProperties(move(before));
    } catch (error) {
      throw this.#failure(old, `its move failed: ${messageOf(error)}`);
    }
    const [oldKey, newKey] = [partitionKeyOf(old, names), partitionKeyOf(document, names)];
    if (document["id"] !== old.id) throw this.#failure(old, "its id has to stay");
    if (samePartitionKey(oldKey, newKey)) {
      throw new CosmigError(
        "operation-refused",
        `Cannot move the document "${old.id}" of "${container}" as its partition key stays ${
          JSON.stringify(partitionKeyAsJson(newKey))
        }`,
        { hint: "Documents that stay in their place are changed with transformDocuments" },
      );
    }
    if (selection.matches(document)) {
      throw new CosmigError(
        "operation-refused",
        `Cannot move the document "${old.id}" of "${container}" as it would still meet \`${where}\` afterwards, and be moved again`,
        { hint: "Let where select only what is in its old place" },
      );
    }
    return { id: old.id, old, oldKey, document, newKey };
  }

  #creation({ id, document, newKey: partitionKey }: Move): DocumentGoal {
    const { note } = this.#options;
    const noted = withNote(document, note);
    return {
      id,
      partitionKey,
      first: { kind: "missing" },
      decide: (found) => {
        if (found === undefined) return { kind: "create", document: noted, partitionKey };
        const own = withoutSystemProperties(found);
        if (jsonEquals(withoutNote(own, note), document)) return undefined;
        if (isUntouched(own, note)) {
          return { kind: "replace", id, document: noted, partitionKey, ifMatch: found._etag };
        }
        return {
          kind: "refused",
          why: `another document of that id is in the partition ${
            JSON.stringify(partitionKeyAsJson(partitionKey))
          } already; delete the one of the two that is not wanted, and run the same command again`,
        };
      },
    };
  }

  /** Nothing is deleted because an answer said that its copy was written. */
  async #verify(moves: readonly Move[]): Promise<void> {
    const { note, context: { settings } } = this.#options;
    await mapBounded(moves, {
      atOnce: settings.concurrency,
      action: async ({ id, old, document, newKey }) => {
        const found = await this.#reacher.look({ id, partitionKey: newKey });
        if (found === undefined) {
          throw this.#failure(old, "it is not in its new place after it was created there");
        }
        const own = withoutSystemProperties(found);
        if (jsonEquals(withoutNote(own, note), document) || !isUntouched(own, note)) return;
        throw this.#failure(old, "it is not the same in its new place");
      },
    });
  }

  #deletion({ id, old, oldKey }: Move, changed: StoredDocument[]): DocumentGoal {
    const { selection } = this.#options;
    return {
      id,
      partitionKey: oldKey,
      first: { kind: "known", document: old },
      decide: (found) => {
        if (found === undefined) return undefined;
        if (found._etag === old._etag) {
          return { kind: "delete", id, partitionKey: oldKey, ifMatch: found._etag };
        }
        if (selection.matches(found)) changed.push(found);
        return undefined;
      },
    };
  }

  #failure({ id }: StoredDocument, why: string): CosmigError {
    const { container } = this.#options.parameters;
    return new CosmigError(
      "documents-failed",
      `Cannot move the document "${id}" of "${container}" as ${why}`,
      {
        hint: "Nothing of it was deleted; run the same command again when that is put right",
        details: { container, id },
      },
    );
  }

  #outOfPatience(open: readonly StoredDocument[]): TemporaryError {
    return new TemporaryError(
      `Cannot move the document "${
        open[0]?.id
      }" of "${this.#options.parameters.container}" as it keeps being changed`,
      { hint: "Run again when the document is written less often" },
    );
  }
}

/** Under what name a copy is noted in a document. */
interface NoteKey {
  readonly migrationId: string;
  readonly step: string;
}

function notesOf(document: JsonObject, name: string): JsonObject {
  const notes = document[TRACE_PROPERTY];
  const found = isJsonObject(notes) ? notes[name] : undefined;
  return isJsonObject(found) ? found : {};
}

/** A document with the note that it is a copy, and of what content. */
function withNote(document: JsonObject, { migrationId, step }: NoteKey): JsonObject {
  const notes = isJsonObject(document[TRACE_PROPERTY]) ? document[TRACE_PROPERTY] : {};
  const own = { ...notesOf(document, migrationId), [step]: { copyOf: hashOf(document) } };
  return { ...document, [TRACE_PROPERTY]: { ...notes, [migrationId]: own } };
}

function withoutNote(document: JsonObject, { migrationId, step }: NoteKey): JsonObject {
  const { [TRACE_PROPERTY]: notes, ...rest } = document;
  if (!isJsonObject(notes) || !isCopyNote(notesOf(document, migrationId)[step])) return document;
  const { [step]: _, ...others } = notesOf(document, migrationId);
  const { [migrationId]: __, ...ofOthers } = notes;
  const kept = Object.keys(others).length === 0 ? ofOthers : { ...ofOthers, [migrationId]: others };
  return Object.keys(kept).length === 0 ? rest : { ...rest, [TRACE_PROPERTY]: kept };
}

/** Whether a copy is as it was created: nobody else has written it. */
function isUntouched(document: JsonObject, note: NoteKey): boolean {
  const found = notesOf(document, note.migrationId)[note.step];
  return isCopyNote(found) && found["copyOf"] === hashOf(withoutNote(document, note));
}

function isCopyNote(value: JsonValue | undefined): value is JsonObject {
  return isJsonObject(value) && typeof value["copyOf"] === "string";
}

function hashOf(document: JsonObject): string {
  return createHash("sha256").update(canonicalJson(document)).digest("base64url").slice(0, 22);
}

/** When all are in their new place, nothing has to be recognised any more. */
function removeNotes(
  { parameters, step }: MoveToPartitionOperation,
  context: StepContext,
): Promise<StepOutcome> {
  const note = { migrationId: context.migrationId, step };
  const path = pathToSql([TRACE_PROPERTY, note.migrationId, note.step, "copyOf"]);
  return runPass({
    container: parameters.container,
    where: `IS_DEFINED(${path})`,
    read: [TRACE_PROPERTY],
    decide: (document) => {
      const after = withoutNote(document, note);
      const value = after[TRACE_PROPERTY];
      const pointer = `/${TRACE_PROPERTY}`;
      return value === undefined
        ? { kind: "patch", operations: [{ op: "remove", path: pointer }], after }
        : { kind: "patch", operations: [{ op: "set", path: pointer, value }], after };
    },
    convergence: "where",
    onError: "stop",
  }, context);
}
