import { type CosmigError, CosmosError } from "../base/errors.ts";
import { isJsonObject, type JsonObject } from "../base/json.ts";
import { parsePartitionKeyPaths } from "../bulk/document_key.ts";
import type { ContainerProperties, CosmosContainer } from "../cosmos/port.ts";
import { rebuiltDefinition } from "../definition/rebuild_container.ts";
import { ifExists } from "./_container_settings.ts";
import { contentsOf, differencesBetween, sameContents } from "./_contents.ts";
import { copyScripts, copyWholeContainer, refusalsError } from "./_copy_documents.ts";
import { endOfFeed, readChanges } from "./_feed_positions.ts";
import { holdsDocuments } from "./_holds_documents.ts";
import { patiently } from "./_patiently.ts";
import { GoalReacher } from "./_reach_goals.ts";
import type { RebuildNote, RebuildState } from "./_rebuild_note.ts";
import { refuseRebuild } from "./_rebuild_refusal.ts";
import { deleteVanished, followGoals } from "./_reconcile.ts";
import { toPortThroughput } from "./_throughput.ts";
import { containerDifferences } from "./container_differences.ts";
import type { StepContext, StepOutcome } from "./handler.ts";

/** What a rebuild works with. */
export interface RebuildOptions {
  readonly container: string;
  readonly context: StepContext;
  /** Durable when it resolves. */
  save(note: RebuildNote): Promise<void>;
}

/** Documents that are reported at the most. */
const MAX_REFUSALS = 100;
const EXAMPLES = 10;
/** A writer that does not stop is noticed when the contents are compared, not by waiting for it. */
const MAX_CATCH_UP_ROUNDS = 100;
const PAGES_A_ROUND = 100;

/**
 * The state machine of a rebuild. Each state is noted before its first request and can be entered again after a crash at any point. Containers are dropped by
 * the identifier in the note, copies are written to the container with the identifier in the note, and create only: a late request of a dead runner finds
 * nothing to harm.
 */
export class Rebuild {
  readonly #options: RebuildOptions;
  #note: RebuildNote;

  constructor(note: RebuildNote, options: RebuildOptions) {
    this.#options = options;
    this.#note = note;
  }

  /** Goes on to the end. */
  async run(): Promise<StepOutcome> {
    // What an earlier attempt left is dropped with the step only when it is known.
    await this.#options.context.checkpoints.load();
    while (this.#note.state !== "done") {
      this.#options.context.signal.throwIfAborted();
      await this.#advance(this.#note.state);
    }
    const { contents: { documents }, requestUnits } = this.#note;
    return { documents: { read: documents, changed: documents, skipped: 0 }, requestUnits };
  }

  /**
   * Ends it at once where that is possible, because the original was not asked to go yet: the second container goes instead. Else goes on to the end.
   *
   * @returns what is noted then
   */
  async conclude(): Promise<RebuildNote> {
    const { state, shadow, shadowRid } = this.#note;
    if (state !== "create-shadow" && state !== "copy" && state !== "restart") {
      await this.run();
      return this.#note;
    }
    const { database, signal } = this.#options.context;
    const rid = shadowRid ?? (await this.#ownEmptyShadow(shadow))?.rid;
    if (rid !== undefined) await database.deleteContainer(rid, { signal });
    await this.#save({ state: "done" });
    return this.#note;
  }

  #advance(state: Exclude<RebuildState, "done">): Promise<void> {
    switch (state) {
      case "create-shadow":
        return this.#createShadow();
      case "copy":
        return this.#copy();
      case "restart":
        return this.#restart();
      case "drop-original":
        return this.#dropOriginal();
      case "catch-up":
        return this.#catchUp();
      case "create-new":
        return this.#createNew();
      case "copy-back":
        return this.#copyBack();
      case "drop-shadow":
        return this.#dropShadow();
    }
  }

  async #createShadow(): Promise<void> {
    const { shadow } = this.#note;
    const definition = this.#definition(shadow);
    const { rid } = await this.#create(definition) ?? await this.#ownEmptyShadow(shadow) ??
      this.#refuseShadow();
    // Before the first document is read, so that nothing can be written between the two.
    await this.#save({
      state: "copy",
      shadowRid: rid,
      positions: await endOfFeed(this.#source(), this.#context),
    });
  }

  async #copy(): Promise<void> {
    const { container } = this.#options;
    const { original, shadow, round, positions } = this.#note;
    const [from, to] = [this.#original(), this.#shadow()];
    await copyScripts(
      { database: this.#context.database, from: container, to: shadow },
      this.#context.signal,
    );
    const { partitionKeyPaths } = await to.properties({ signal: this.#context.signal });
    const { refusals, requestUnits } = await copyWholeContainer({
      ...{ from, to, partitionKeyPaths, maxRefusals: MAX_REFUSALS },
      source: `${original.rid}#${round}`,
    }, this.#context);
    if (refusals.length > 0) {
      await this.#save({ state: "restart" });
      const all = refusals.length >= MAX_REFUSALS ? `at least ${refusals.length}` : `${refusals.length}`;
      throw refusalsError(refusals.map((refusal) => this.#withKeys(refusal)), {
        message:
          `Cannot rebuild the container "${container}" as ${all} of its documents collide under the new keys`,
        hint:
          `Nothing was dropped. Make them differ in "${container}" and run \`up\` again, which copies anew`,
      });
    }
    // The copy first: what is written in between shows in the original.
    const copied = await contentsOf(to, this.#context);
    const contents = await contentsOf(from, this.#context);
    await this.#requireSilence(positions, "restart");
    if (!sameContents(copied, contents)) {
      const names = parsePartitionKeyPaths(partitionKeyPaths);
      const { examples } = await differencesBetween({ from, to, names }, this.#context);
      await this.#save({ state: "restart" });
      throw this.#failure(
        `its copy "${shadow}" is not the same: ${copied.documents} of ${contents.documents} documents${
          listed(examples)
        }`,
        `Both containers are kept and "${container}" was not changed. Run \`up\` again, which copies anew; ` +
          `if it happens again, something deletes documents of "${container}": stop it first`,
      );
    }
    await this.#save({
      state: "drop-original",
      contents,
      requestUnits: this.#note.requestUnits + requestUnits,
    });
  }

  async #restart(): Promise<void> {
    const { shadowRid, round } = this.#note;
    if (shadowRid !== undefined) {
      await this.#context.database.deleteContainer(shadowRid, { signal: this.#context.signal });
    }
    await this.#save({ state: "create-shadow", shadowRid: undefined, round: round + 1 });
  }

  async #dropOriginal(): Promise<void> {
    const { original, positions } = this.#note;
    const { container, context: { database, signal } } = this.#options;
    const found = await ifExists(() => database.container(container).properties({ signal }));
    if (found?.rid === original.rid) {
      await this.#requireSilence(positions, "catch-up");
      await database.deleteContainer(original.rid, { signal });
    }
    await this.#save({ state: "create-new" });
  }

  /** Brings the copy up to what the original has become. Should a late request drop the original meanwhile, the copy is all there is. */
  async #catchUp(): Promise<void> {
    const { original, positions, round } = this.#note;
    const { container, context } = this.#options;
    const { database, signal } = context;
    const found = await ifExists(() => database.container(container).properties({ signal }));
    const [from, to] = [this.#original(), this.#shadow()];
    if (found?.rid === original.rid) {
      const { partitionKeyPaths } = await to.properties({ signal });
      const toNames = parsePartitionKeyPaths(partitionKeyPaths);
      const reacher = new GoalReacher({ container: to, action: "copy", context });
      let reading = { documents: 1, positions };
      for (let rounds = 0; reading.documents > 0 && rounds < MAX_CATCH_UP_ROUNDS; rounds++) {
        reading = await readChanges(this.#source(), {
          from: reading.positions,
          maxPages: PAGES_A_ROUND,
          page: async (documents) => void await reacher.reach(followGoals(documents, { toNames })),
        }, context);
      }
      const fromNames = parsePartitionKeyPaths(found.partitionKeyPaths);
      const source = `${this.#note.shadowRid}#catch-up-${round}`;
      await deleteVanished({ from, fromNames, to, toNames }, { source, context });
      const copied = await contentsOf(to, context);
      const contents = await contentsOf(from, context);
      if (!sameContents(copied, contents)) {
        await this.#save({ round: round + 1, positions: reading.positions });
        throw this.#writerFailure([]);
      }
      await this.#save({ state: "drop-original", round: round + 1, positions: reading.positions, contents });
      return;
    }
    await this.#save({ state: "create-new", contents: await contentsOf(to, context) });
  }

  async #createNew(): Promise<void> {
    const { container, context: { database, signal } } = this.#options;
    const { shadow } = this.#note;
    const definition = this.#definition(container);
    const created = await this.#create(definition);
    const found = created ?? await database.container(container).properties({ signal });
    const differences = containerDifferences({ wanted: definition, found: found.definition, scope: "all" });
    if (differences.length > 0) {
      throw this.#failure(
        `somebody else created a container "${container}" meanwhile: ${differences.join("; ")}`,
        `All documents are in "${shadow}". Stop what creates "${container}", delete it, and run \`up\` again`,
      );
    }
    await this.#save({ state: "copy-back", newRid: found.rid });
  }

  async #copyBack(): Promise<void> {
    const { container, context } = this.#options;
    const { database, signal } = context;
    const { shadow, shadowRid, round } = this.#note;
    const [from, to] = [this.#shadow(), this.#new()];
    await copyScripts({ database, from: shadow, to: container }, signal);
    const { partitionKeyPaths } = await to.properties({ signal });
    const { refusals, requestUnits } = await copyWholeContainer({
      ...{ from, to, partitionKeyPaths, maxRefusals: MAX_REFUSALS },
      source: `${shadowRid}#${round}`,
    }, context);
    const going =
      `Both containers are kept; "${shadow}" holds everything. Put the documents right (one that is newer in "${container}" ` +
      `is to be deleted from "${shadow}") and run \`up\` again, which copies what is missing`;
    if (refusals.length > 0) {
      await this.#save({ round: round + 1 });
      throw refusalsError(refusals, {
        message:
          `Cannot complete the rebuilt container "${container}" as documents were written to it meanwhile`,
        hint: going,
      });
    }
    await this.#requireComplete(going);
    await context.settle();
    await this.#requireComplete(going);
    await this.#save({ state: "drop-shadow", requestUnits: this.#note.requestUnits + requestUnits });
  }

  async #dropShadow(): Promise<void> {
    const { shadowRid } = this.#note;
    if (shadowRid !== undefined) {
      await this.#context.database.deleteContainer(shadowRid, { signal: this.#context.signal });
    }
    await this.#save({ state: "done" });
  }

  /** Documents that were written to the new container since are no reason to stop: nothing is missing then. */
  async #requireComplete(hint: string): Promise<void> {
    const [from, to] = [this.#shadow(), this.#new()];
    const { contents, round } = this.#note;
    if (sameContents(await contentsOf(to, this.#context), contents)) return;
    const { partitionKeyPaths } = await to.properties({ signal: this.#context.signal });
    const names = parsePartitionKeyPaths(partitionKeyPaths);
    const { missing, different, examples } = await differencesBetween({ from, to, names }, this.#context);
    if (missing + different === 0) return;
    await this.#save({ round: round + 1 });
    throw this.#failure(
      `${missing} documents are missing and ${different} are different in the new one${listed(examples)}`,
      hint,
    );
  }

  /** @throws {CosmigError} with code `operation-refused` when something was written since */
  async #requireSilence(positions: RebuildNote["positions"], next: RebuildState): Promise<void> {
    const written = new Set<string>();
    const { documents } = await readChanges(this.#source(), {
      from: positions,
      maxPages: 1,
      page: (changed) => {
        for (const { id } of changed.slice(0, EXAMPLES)) written.add(id);
        return Promise.resolve();
      },
    }, this.#context);
    if (documents === 0) return;
    await this.#save({ state: next });
    throw this.#writerFailure([...written].slice(0, EXAMPLES).map((id) => `"${id}" was written`));
  }

  #writerFailure(examples: readonly string[]): CosmigError {
    const { container } = this.#options;
    return this.#failure(
      `a writer did not stop: documents changed after the copy began${listed(examples)}`,
      `Nothing was dropped. Stop everything that writes to "${container}" and run \`up\` again`,
    );
  }

  #failure(why: string, hint: string): CosmigError {
    const { shadow, state } = this.#note;
    return refuseRebuild(this.#options.container, why, { hint, details: { shadow, state } });
  }

  #refuseShadow(): never {
    const { container } = this.#options;
    throw refuseRebuild(container, `the container "${this.#note.shadow}" is not empty, or another one`, {
      hint: "Look at what it holds, and delete it",
    });
  }

  /** Asks for a container; `undefined` when there is one of that name. */
  async #create(definition: JsonObject): Promise<ContainerProperties | undefined> {
    const { database, signal } = this.#context;
    const throughput = toPortThroughput(this.#note.original.throughput);
    try {
      return await database.createContainer(definition, { throughput, signal });
    } catch (error) {
      if (error instanceof CosmosError && error.status === 409) return undefined;
      throw error;
    }
  }

  /** The second container as an earlier attempt left it that died before it could note the identifier. */
  async #ownEmptyShadow(shadow: string): Promise<ContainerProperties | undefined> {
    const { database, signal } = this.#context;
    const found = await ifExists(() => database.container(shadow).properties({ signal }));
    if (found === undefined) return undefined;
    const wanted = this.#definition(shadow);
    const isOurs = containerDifferences({ wanted, found: found.definition, scope: "all" }).length === 0 &&
      !await patiently(this.#context, () => holdsDocuments(shadow, this.#context));
    return isOurs ? found : undefined;
  }

  /** A refusal with the values that have to be unique. */
  #withKeys<Item extends { readonly why: string; readonly goal: { readonly id: string } }>(
    refusal: Item,
  ): Item {
    const policy = this.#definition(this.#note.shadow)["uniqueKeyPolicy"];
    const keys = isJsonObject(policy) && Array.isArray(policy["uniqueKeys"]) ? policy["uniqueKeys"] : [];
    const paths = keys.filter(isJsonObject).map((key) => String(key["paths"]));
    return paths.length === 0 || !refusal.why.includes("unique key")
      ? refusal
      : { ...refusal, why: `${refusal.why} (${paths.join("; ")})` };
  }

  #definition(id: string): JsonObject {
    const { original, change } = this.#note;
    return rebuiltDefinition(original.definition, { id, change });
  }

  #source() {
    const { container, context: { database } } = this.#options;
    const { rid } = this.#note.original;
    return { container: this.#original(), feed: database.changeFeed(container, { rid }) };
  }

  #original(): CosmosContainer {
    const { container, context } = this.#options;
    return context.database.container(container, { rid: this.#note.original.rid });
  }

  #shadow(): CosmosContainer {
    return this.#context.database.container(this.#note.shadow, { rid: this.#note.shadowRid });
  }

  #new(): CosmosContainer {
    return this.#context.database.container(this.#options.container, { rid: this.#note.newRid });
  }

  get #context(): StepContext {
    return this.#options.context;
  }

  async #save(change: Partial<RebuildNote>): Promise<void> {
    const next = { ...this.#note, ...change };
    await this.#options.save(next);
    this.#note = next;
  }
}

function listed(examples: readonly string[]): string {
  return examples.length === 0 ? "" : `, such as ${examples.join(", ")}`;
}
