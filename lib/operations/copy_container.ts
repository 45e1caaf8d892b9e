import { sleep } from "../base/clock.ts";
import { addCounts } from "../base/document_counts.ts";
import { CosmigError, TemporaryError } from "../base/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { parsePartitionKeyPaths, partitionKeyOf } from "../bulk/document_key.ts";
import { compileSelection } from "../bulk/selection.ts";
import type { CopyContainerOperation, CopyContainerParameters } from "../definition/copy_container.ts";
import { propertiesOf } from "./_container_settings.ts";
import { withoutSystemProperties } from "./_contents.ts";
import {
  endOfFeed,
  type FeedPosition,
  type FeedReading,
  type FeedSource,
  positionsFromJson,
  positionsToJson,
  readChanges,
} from "./_feed_positions.ts";
import { holdsDocuments } from "./_holds_documents.ts";
import { patiently } from "./_patiently.ts";
import { type DocumentGoal, GoalReacher } from "./_reach_goals.ts";
import { deleteVanished, followGoals, type Replica } from "./_reconcile.ts";
import { sweep } from "./_sweep.ts";
import { estimateDocuments } from "./documents/estimate_documents.ts";
import type { OperationHandler, StepContext, StepOutcome } from "./handler.ts";

/** What is noted of a copy. */
interface CopyNote {
  readonly fromRid: string;
  readonly toRid: string;
  readonly isCopied: boolean;
  /** How far the change feed was followed; at first where it stood before the copy. */
  readonly positions: readonly FeedPosition[];
  /** Grows with each comparison of keys, so that it does not find the checkpoints of the one before. */
  readonly round: number;
}

/** Looks at the change feed after which a writer counts as too fast. */
const MAX_ROUNDS = 2_000;
/** Pages of each part between two notes of how far the change feed was followed. */
const PAGES_A_ROUND = 50;
/** A pause while there is little to bring over, so that following a trickle costs little. */
const PAUSE_MS = 1_000;
/** How long to wait for a quiet moment once everything else is done. */
const WRITERS_PATIENCE_MS = 10 * 60_000;
/** Quiet moments that turned out to be none; each costs a look at all keys. */
const MAX_COMPARISONS = 20;

/** Copies a container online. */
export const copyContainerHandler: OperationHandler<CopyContainerOperation> = {
  kind: "copyContainer",
  estimate: async ({ parameters: { from, to } }, context) => {
    const estimate = await estimateDocuments({
      container: from,
      selection: undefined,
      notes: [
        "what is written meanwhile is followed; switch the application before anything else is written to the old one",
      ],
    }, context);
    await context.database.container(to).properties(context);
    return estimate;
  },
  apply: async ({ parameters }, context) => {
    const note = noteFrom(context.captured) ?? await begin(parameters, context);
    return await new OnlineCopy(parameters, { note, context, ...await replicaOf(parameters, note, context) })
      .run();
  },
  verify: () => Promise.resolve([]),
};

async function begin({ from, to }: CopyContainerParameters, context: StepContext): Promise<CopyNote> {
  const { database } = context;
  const action = "copy the documents";
  const source = await propertiesOf({ container: from, action }, context);
  const target = await propertiesOf({ container: to, action }, context);
  if (await patiently(context, () => holdsDocuments(to, context))) {
    throw new CosmigError(
      "operation-refused",
      `Cannot copy the container "${from}" to "${to}" as that one has to be empty, since what only it holds is deleted`,
      { hint: "Copy to a new container, or use copyDocuments, which deletes nothing", details: { from, to } },
    );
  }
  const feed: FeedSource = {
    container: database.container(from, { rid: source.rid }),
    feed: database.changeFeed(from, { rid: source.rid }),
  };
  const note: CopyNote = {
    fromRid: source.rid,
    toRid: target.rid,
    isCopied: false,
    positions: await endOfFeed(feed, context),
    round: 1,
  };
  await context.capture(noteToJson(note));
  return note;
}

async function replicaOf({ from, to }: CopyContainerParameters, note: CopyNote, context: StepContext) {
  const { database, signal } = context;
  const source = database.container(from, { rid: note.fromRid });
  const target = database.container(to, { rid: note.toRid });
  const replica: Replica = {
    from: source,
    fromNames: parsePartitionKeyPaths((await source.properties({ signal })).partitionKeyPaths),
    to: target,
    toNames: parsePartitionKeyPaths((await target.properties({ signal })).partitionKeyPaths),
  };
  return { replica, source: { container: source, feed: database.changeFeed(from, { rid: note.fromRid }) } };
}

/**
 * 1. Copies every document, create only. 2. Reads the change feed from where it stood before, and brings over what changed, until nothing changes any more.
 * 3. Deletes what only the target has, and looks at the change feed once more. 4. Goes on with 2 unless that found nothing. Each can be done again: a late
 * write of an older version of a document is put right by the change that overtook it, because that is behind the position.
 *
 * With an application that never stops writing there is no such end. Then it is followed for a while, cheaply, since what it needs is that somebody switches
 * the application; after that the copy ends with an error that says so, and the next run goes on with 2.
 */
class OnlineCopy {
  readonly #parameters: CopyContainerParameters;
  readonly #context: StepContext;
  readonly #replica: Replica;
  readonly #source: FeedSource;
  readonly #reacher: GoalReacher;
  #note: CopyNote;
  #outcome: StepOutcome = { documents: { read: 0, changed: 0, skipped: 0 }, requestUnits: 0 };

  constructor(
    parameters: CopyContainerParameters,
    options: {
      readonly note: CopyNote;
      readonly context: StepContext;
      readonly replica: Replica;
      readonly source: FeedSource;
    },
  ) {
    this.#parameters = parameters;
    this.#note = options.note;
    this.#context = options.context;
    this.#replica = options.replica;
    this.#source = options.source;
    this.#reacher = new GoalReacher({
      container: options.replica.to,
      action: "copy",
      context: options.context,
    });
  }

  async run(): Promise<StepOutcome> {
    const { checkpoints, clock, signal } = this.#context;
    await checkpoints.load();
    if (!this.#note.isCopied) await this.#copy();
    let caughtUpAtMs: number | undefined;
    let comparisons = 0;
    for (let rounds = 0; rounds < MAX_ROUNDS; rounds++) {
      signal.throwIfAborted();
      const { documents, isNearEnd } = await this.#follow(PAGES_A_ROUND);
      if (documents === 0) {
        const deleted = await this.#deleteVanished();
        const changed = await this.#follow(1);
        if (deleted + changed.documents === 0) return this.#outcome;
        if (++comparisons === MAX_COMPARISONS) throw this.#neverQuiet();
        caughtUpAtMs = undefined;
      } else if (isNearEnd) {
        caughtUpAtMs ??= this.#noteCaughtUp();
        if (clock.monotonicMs() - caughtUpAtMs > WRITERS_PATIENCE_MS) throw this.#neverQuiet();
        await sleep(clock, { ms: PAUSE_MS, signal });
      }
    }
    throw this.#tooFast();
  }

  async #copy(): Promise<void> {
    const { from, toNames } = this.#replica;
    const outcome = await sweep({
      container: from,
      containerRid: `${this.#note.fromRid}#copy`,
      selection: compileSelection({}),
      read: "whole",
      page: (rows) => this.#reacher.reach(rows.map((row) => creation(row, toNames))),
    }, this.#context);
    this.#outcome = outcome;
    await this.#save({ isCopied: true });
  }

  async #follow(maxPages: number): Promise<FeedReading> {
    const reading = await readChanges(this.#source, {
      from: this.#note.positions,
      maxPages,
      page: async (documents) => this.#add(await this.#reacher.reach(followGoals(documents, this.#replica))),
    }, this.#context);
    if (reading.documents > 0) await this.#save({ positions: reading.positions });
    return reading;
  }

  /** @returns how many documents only the target had */
  async #deleteVanished(): Promise<number> {
    const { toRid, round } = this.#note;
    const outcome = await deleteVanished(this.#replica, {
      source: `${toRid}#${round}`,
      context: this.#context,
    });
    await this.#save({ round: round + 1 });
    return outcome.documents.changed;
  }

  /** @returns when */
  #noteCaughtUp(): number {
    const { from, to } = this.#parameters;
    this.#context.log(
      `"${to}" has caught up with "${from}", and follows it until nothing writes to "${from}" any more`,
    );
    return this.#context.clock.monotonicMs();
  }

  #neverQuiet(): TemporaryError {
    const { from, to } = this.#parameters;
    return new TemporaryError(
      `Cannot end the copy of "${from}" to "${to}" as something goes on writing to "${from}"`,
      {
        hint:
          `"${to}" has caught up. Switch what writes to "${from}", or stop it, and run the same command again, which goes on from here`,
      },
    );
  }

  #tooFast(): TemporaryError {
    return new TemporaryError(
      `Cannot catch up with "${this.#parameters.from}" as it is written faster than "${this.#parameters.to}" takes it`,
      {
        hint:
          "Give the new container more throughput, and run the same command again, which goes on from here",
      },
    );
  }

  #add({ documents, requestUnits }: StepOutcome): void {
    this.#outcome = {
      documents: addCounts(this.#outcome.documents, documents),
      requestUnits: this.#outcome.requestUnits + requestUnits,
    };
  }

  async #save(change: Partial<CopyNote>): Promise<void> {
    const next = { ...this.#note, ...change };
    await this.#context.capture(noteToJson(next));
    this.#note = next;
  }
}

/** What is there already was brought by the change feed, or by an attempt before, which the change feed puts right. */
function creation(row: JsonObject, toNames: Replica["toNames"]): DocumentGoal {
  const document = withoutSystemProperties(row);
  const partitionKey = partitionKeyOf(document, toNames);
  return {
    id: String(row["id"]),
    partitionKey,
    first: { kind: "missing" },
    decide: (found) => found === undefined ? { kind: "create", document, partitionKey } : undefined,
  };
}

function noteToJson({ positions, ...rest }: CopyNote): JsonObject {
  return { ...rest, positions: positionsToJson(positions) };
}

function noteFrom(captured: JsonValue | undefined): CopyNote | undefined {
  if (!isJsonObject(captured)) return undefined;
  const { fromRid, toRid, isCopied, positions, round } = captured;
  return {
    fromRid: String(fromRid),
    toRid: String(toRid),
    isCopied: isCopied === true,
    positions: positionsFromJson(positions),
    round: Number(round),
  };
}
