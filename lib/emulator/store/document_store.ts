import type { JsonObject } from "../../base/json.ts";
import { GatewayError } from "../gateway_error.ts";
import { evenRanges } from "../hash/key_ranges.ts";
import { ByteStore } from "./byte_store.ts";
import { DocumentEntry, documentKey, partitionOf, type Version } from "./document_entry.ts";
import type { PartitioningScheme, PartitionKeyValue } from "./partition_key.ts";
import { emptyRange } from "./physical_range.ts";
import { RangeMap } from "./range_map.ts";
import { Transaction } from "./transaction.ts";
import type { UniqueIndex } from "./unique_index.ts";
import { type View, type Write, WriteHistory } from "./write_history.ts";

/** What the documents of a container depend on. */
export interface DocumentStoreOptions {
  readonly scheme: PartitioningScheme;
  /** Physical partitions at the start. */
  readonly rangeCount: number;
  readonly uniqueIndex: UniqueIndex;
  readonly nowMs: () => number;
  /** How long a write stays invisible to sessions that have not seen it; `undefined` for not at all. */
  readonly staleForMs: number | undefined;
}

/** A document to be stored. */
export interface DocumentInput {
  readonly partition: PartitionKeyValue;
  readonly id: string;
  /** Without system properties. */
  readonly document: JsonObject;
  readonly text: string;
  /** 0 for none. */
  readonly ttlSeconds: number;
}

/** A document in the state that a reader sees. */
export interface SeenDocument {
  readonly entry: DocumentEntry;
  readonly version: Version;
}

/**
 * The documents of one container: bytes, identity, order of creation and order of writes, over its physical partitions. Each write takes the next
 * number (`lsn`) of the whole container, so that change feed positions stay valid over splits and merges.
 */
export class DocumentStore {
  readonly ranges: RangeMap;
  readonly scheme: PartitioningScheme;
  /** Default time to live of the container in seconds: -1 for "only documents that say so", `undefined` for off. */
  defaultTtl: number | undefined;
  readonly #options: DocumentStoreOptions;
  readonly #bytes = new ByteStore();
  readonly #entries = new Map<string, DocumentEntry>();
  readonly #history: WriteHistory | undefined;
  readonly #transaction = new Transaction();
  #lsn = 0;
  #created = 0;

  constructor(options: DocumentStoreOptions) {
    this.#options = options;
    this.scheme = options.scheme;
    this.#history = options.staleForMs === undefined ? undefined : new WriteHistory(options.staleForMs);
    this.ranges = new RangeMap(
      evenRanges(options.rangeCount, options.scheme.version).map((bounds, at) =>
        emptyRange(String(at), bounds)
      ),
      options.scheme.version,
    );
  }

  /** Number of the latest write. */
  get lsn(): number {
    return this.#lsn;
  }

  /** Number of documents, some of which may have expired. */
  get count(): number {
    return this.#entries.size;
  }

  /** The current state of a document. */
  find(partition: PartitionKeyValue, id: string): DocumentEntry | undefined {
    const entry = this.#entries.get(documentKey(partition.text, id));
    if (entry === undefined || !this.#isExpired(entry)) return entry;
    this.#expire(entry);
    return undefined;
  }

  /** A document as a reader sees it; without a view, its current state. */
  read(
    partition: PartitionKeyValue,
    { id, view }: { readonly id: string; readonly view: View | undefined },
  ): SeenDocument | undefined {
    const entry = this.find(partition, id);
    const write = view && this.#history?.latest(documentKey(partition.text, id), view);
    if (view === undefined || this.#history === undefined || write === "current") {
      return entry && { entry, version: entry };
    }
    return write?.version && { entry: write.entry, version: write.version };
  }

  /** What a session that has seen `lsn` sees, or `undefined` when everybody sees everything. */
  viewAt(lsn: number): View | undefined {
    return this.#history?.viewAt(lsn, this.#options.nowMs());
  }

  /** Keys of documents that readers may see in different states. */
  recentWrites(view: View): readonly Write[] {
    const seen: Write[] = [];
    for (const key of this.#history?.keys() ?? []) {
      const write = this.#history?.latest(key, view);
      if (write !== undefined && write !== "current" && write.version !== undefined) seen.push(write);
    }
    return seen;
  }

  /** Whether a view shows the current state of this document. */
  isCurrentIn(entry: DocumentEntry, view: View): boolean {
    return this.#history === undefined || this.#history.latest(entry.key, view) === "current";
  }

  textOf(version: Version): string {
    return this.#bytes.get(version);
  }

  /** Removes the document when its time is over. @returns whether it is still there */
  isAlive(entry: DocumentEntry): boolean {
    if (!entry.live) return false;
    if (!this.#isExpired(entry)) return true;
    this.#expire(entry);
    return false;
  }

  /**
   * Creates a document, or writes the next state of `existing`.
   *
   * @throws GatewayError (409) when a unique key is taken
   */
  write(input: DocumentInput, existing?: DocumentEntry): DocumentEntry {
    const { partition, id } = input;
    const key = existing?.key ?? documentKey(partition.text, id);
    this.#claim(input, key, existing);
    const lsn = ++this.#lsn;
    const slot = this.#bytes.put(input.text);
    const version: Version = { ...slot, lsn, writtenMs: this.#options.nowMs(), ttlSeconds: input.ttlSeconds };
    const range = this.ranges.holding(partition.epk);
    const before = existing?.current();
    const entry = existing ??
      new DocumentEntry({ key, epk: partition.epk, number: ++this.#created }, version);
    if (existing === undefined) {
      this.#entries.set(key, entry);
      range.documents.append(entry);
    } else existing.become(version);
    range.changes.append(entry);

    this.#transaction.undoable(() => {
      range.changes.undoAppend();
      if (before === undefined) {
        entry.live = false;
        range.documents.undoAppend();
        this.#entries.delete(key);
        this.#created--;
      } else entry.become(before);
      this.#bytes.free(slot);
    });
    this.#transaction.whenSure(() => {
      range.changes.compact();
      this.#remember({ entry, lsn, writtenMs: version.writtenMs, version }, before);
    });
    return entry;
  }

  /** Deletes a document. */
  remove(entry: DocumentEntry): void {
    const lsn = ++this.#lsn;
    const values = this.#uniqueValues(entry);
    this.#detach(entry, values);
    this.#transaction.undoable(() => {
      entry.live = true;
      this.#entries.set(entry.key, entry);
      this.#options.uniqueIndex.add(values, entry.key);
    });
    this.#transaction.whenSure(() => {
      this.ranges.holding(entry.epk).documents.noteRemoved();
      this.#remember({ entry, lsn, writtenMs: this.#options.nowMs(), version: undefined }, entry.current());
    });
  }

  /** Runs writes of which either all happen or, when one throws, none. */
  transaction<Result>(work: () => Result): Result {
    const lsn = this.#lsn;
    return this.#transaction.run(() => {
      this.#transaction.undoable(() => this.#lsn = lsn);
      return work();
    });
  }

  #claim(input: DocumentInput, key: string, existing: DocumentEntry | undefined): void {
    const { uniqueIndex } = this.#options;
    if (uniqueIndex.isEmpty) return;
    const values = uniqueIndex.valuesOf(input.partition.text, input.document);
    for (const holder of uniqueIndex.holders(values)) {
      const entry = holder === key ? undefined : this.#entries.get(holder);
      if (entry !== undefined && this.isAlive(entry)) {
        throw new GatewayError(409, "Unique index constraint violation");
      }
    }
    const previous = existing === undefined ? [] : this.#uniqueValues(existing);
    uniqueIndex.remove(previous);
    uniqueIndex.add(values, key);
    this.#transaction.undoable(() => {
      uniqueIndex.remove(values);
      uniqueIndex.add(previous, key);
    });
  }

  #uniqueValues(entry: DocumentEntry): readonly string[] {
    const { uniqueIndex } = this.#options;
    if (uniqueIndex.isEmpty) return [];
    return uniqueIndex.valuesOf(partitionOf(entry.key), JSON.parse(this.textOf(entry)));
  }

  #detach(entry: DocumentEntry, values: readonly string[]): void {
    entry.live = false;
    this.#entries.delete(entry.key);
    this.#options.uniqueIndex.remove(values);
  }

  #expire(entry: DocumentEntry): void {
    this.#detach(entry, this.#uniqueValues(entry));
    this.#transaction.whenSure(() => this.ranges.holding(entry.epk).documents.noteRemoved());
    if (this.#history === undefined) this.#bytes.free(entry);
  }

  #isExpired(entry: DocumentEntry): boolean {
    if (this.defaultTtl === undefined) return false;
    const ttlSeconds = entry.ttlSeconds === 0 ? this.defaultTtl : entry.ttlSeconds;
    if (ttlSeconds === -1) return false;
    return Math.floor(entry.writtenMs / 1_000) + ttlSeconds <= Math.floor(this.#options.nowMs() / 1_000);
  }

  /** Keeps the state before a write for stale readers, or gives its bytes back. */
  #remember(write: Write, before: Version | undefined): void {
    if (this.#history === undefined) {
      if (before !== undefined) this.#bytes.free(before);
      return;
    }
    for (const version of this.#history.prune(this.#options.nowMs())) this.#bytes.free(version);
    this.#history.note(
      write,
      before && { entry: write.entry, lsn: before.lsn, writtenMs: before.writtenMs, version: before },
    );
  }
}
