import type { Container } from "@azure/cosmos";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../lib/base/json.ts";
import type { Laboratory } from "./laboratory.ts";
import type { RawAnswer, RawRequest } from "./signed_request.ts";

/** A physical partition as `pkranges` shows it. */
export interface RangeResource extends JsonObject {
  readonly id: string;
  readonly minInclusive: string;
  readonly maxExclusive: string;
}

/** What a request about documents says besides its method. */
export interface DocumentRequest extends Partial<Omit<RawRequest, "path">> {
  /** Of the document; without it the request goes to the feed of documents. */
  readonly id?: string;
  /** Partition key: one value for each path. */
  readonly key?: readonly unknown[];
}

const QUERY = { "content-type": "application/query+json", "x-ms-documentdb-isquery": "True" };
const BATCH = { "x-ms-cosmos-is-batch-request": "True", "x-ms-cosmos-batch-atomic": "True" };

/** A container under test. */
export class Specimen {
  readonly id: string;
  readonly laboratory: Laboratory;

  constructor(laboratory: Laboratory, id: string) {
    this.laboratory = laboratory;
    this.id = id;
  }

  get path(): string {
    return `${this.laboratory.databasePath}/colls/${this.id}`;
  }

  get sdk(): Container {
    return this.laboratory.database.container(this.id);
  }

  /** Sends a request about documents by hand. */
  documents({ id, key, headers, method = "GET", ...rest }: DocumentRequest): Promise<RawAnswer> {
    return this.laboratory.send({
      ...rest,
      method,
      path: `${this.path}/docs${id === undefined ? "" : `/${encodeURIComponent(id)}`}`,
      headers: {
        ...key !== undefined && { "x-ms-documentdb-partitionkey": headerText(key) },
        ...headers,
      },
    });
  }

  /** Stores documents of partition key path `/pk`. @returns their ETags */
  async put(...documents: readonly JsonObject[]): Promise<readonly string[]> {
    const etags: string[] = [];
    for (const body of documents) {
      const headers = { "x-ms-documentdb-is-upsert": "True" };
      const { headers: { etag } } = await this.documents({
        method: "POST",
        key: [body["pk"]],
        headers,
        body,
      });
      etags.push(String(etag));
    }
    return etags;
  }

  /** A page of a query by hand. */
  query(
    query: string | JsonObject,
    { key, range, headers }: {
      readonly key?: readonly unknown[];
      readonly range?: string;
      readonly headers?: Readonly<Record<string, string>>;
    },
  ): Promise<RawAnswer> {
    return this.documents({
      method: "POST",
      ...key !== undefined && { key },
      headers: {
        ...QUERY,
        ...range !== undefined && { "x-ms-documentdb-partitionkeyrangeid": range },
        ...headers,
      },
      body: typeof query === "string" ? { query, parameters: [] } : query,
    });
  }

  /** An atomic batch by hand. @returns `"207: 424 412"`, or the refusal of the whole */
  async batch(key: readonly unknown[], operations: readonly JsonObject[]): Promise<string> {
    const answer = await this.documents({ method: "POST", key, headers: BATCH, body: operations });
    return batchOutcome(answer);
  }

  /** A page of the change feed of a physical partition. */
  feed(range: string, headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> {
    return this.documents({
      headers: { "a-im": "Incremental Feed", "x-ms-documentdb-partitionkeyrangeid": range, ...headers },
    });
  }

  /** The physical partitions. */
  async ranges(): Promise<readonly RangeResource[]> {
    const { json } = await this.laboratory.send({ method: "GET", path: `${this.path}/pkranges` });
    return (json["PartitionKeyRanges"] ?? []) as unknown as readonly RangeResource[];
  }

  /** A member of all documents of one partition key, sorted as text. */
  async all(key: string, member = "id"): Promise<readonly JsonValue[]> {
    const answer = await this.query(`SELECT VALUE c.${member} FROM c WHERE c.pk = "${key}"`, { key: [key] });
    return rowsOf(answer).map(String).sort();
  }
}

/** A partition key as header; `undefined` stands for a missing value. */
export function headerText(key: readonly unknown[]): string {
  const text = JSON.stringify(key.map((value) => value === undefined ? {} : value));
  return text.replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The rows of a page. */
export function rowsOf({ json }: RawAnswer): readonly JsonValue[] {
  return Array.isArray(json["Documents"]) ? json["Documents"] : [];
}

/** A member of each row. */
export function membersOf(answer: RawAnswer, member: string): JsonValue[] {
  return rowsOf(answer).map((row) => isJsonObject(row) ? row[member] ?? null : null);
}

/** `"200: 201 204"`: the status of a batch or bulk request and of each of its operations. */
export function batchOutcome({ outcome, json }: RawAnswer): string {
  if (!Array.isArray(json)) return outcome;
  const each = (json as readonly JsonObject[]).map(({ statusCode, subStatusCode }) =>
    typeof subStatusCode === "number" && subStatusCode > 0
      ? `${statusCode}/${subStatusCode}`
      : String(statusCode)
  );
  return `${outcome}: ${each.join(" ")}`;
}

/** How a call of the SDK ended, in the words of {@linkcode RawAnswer.outcome}. */
export async function sdkOutcome(call: Promise<unknown>): Promise<string> {
  try {
    const result = await call as { readonly statusCode?: number; readonly code?: number } | undefined;
    return String(result?.statusCode ?? result?.code ?? "done");
  } catch (error) {
    const { code, substatus, name } = error as {
      readonly code?: number | string;
      readonly substatus?: number;
      readonly name?: string;
    };
    if (code === undefined) return `threw ${name}`;
    return substatus ? `${code}/${substatus}` : String(code);
  }
}
