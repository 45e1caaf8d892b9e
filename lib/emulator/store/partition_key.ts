import { isJsonObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import { GatewayError } from "../gateway_error.ts";
import {
  effectivePartitionKey,
  type HashVersion,
  type KeyComponent,
} from "../hash/effective_partition_key.ts";

/** How a container divides its documents. */
export interface PartitioningScheme {
  /** JSON Pointers as property names, one list a level. */
  readonly paths: readonly (readonly string[])[];
  readonly version: HashVersion;
}

/** The value of a partition key with the text that identifies it. */
export interface PartitionKeyValue {
  readonly components: readonly KeyComponent[];
  /** JSON; equal for equal keys. */
  readonly text: string;
  readonly epk: string;
}

/** The partition key of a document. */
export function partitionKeyOf(document: JsonObject, scheme: PartitioningScheme): PartitionKeyValue {
  return partitionKeyValue(scheme.paths.map((path) => componentAt(document, path)), scheme);
}

/**
 * Reads the partition key header, or the `partitionKey` of a batch operation: a JSON array in which `{}` stands for no value.
 *
 * @throws GatewayError (400) when it is not such an array
 */
export function parsePartitionKey(text: string, scheme: PartitioningScheme): PartitionKeyValue {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw invalid(text);
  }
  if (!Array.isArray(parsed) || parsed.length > scheme.paths.length) throw invalid(text);
  const components = (parsed as JsonValue[]).map((part): KeyComponent => {
    if (isJsonObject(part)) {
      if (Object.keys(part).length > 0) throw invalid(text);
      return undefined;
    }
    if (Array.isArray(part)) throw invalid(text);
    return part as KeyComponent;
  });
  return partitionKeyValue(components.length === 0 ? scheme.paths.map(() => undefined) : components, scheme);
}

/** Whether a key names all levels and so one logical partition. */
export function isComplete(key: PartitionKeyValue, scheme: PartitioningScheme): boolean {
  return key.components.length === scheme.paths.length;
}

function partitionKeyValue(
  components: readonly KeyComponent[],
  scheme: PartitioningScheme,
): PartitionKeyValue {
  const plain = components.map((component) => component === 0 ? 0 : component);
  return {
    components: plain,
    text: JSON.stringify(plain.map((component) => component === undefined ? {} : component)),
    epk: effectivePartitionKey(plain, scheme.version),
  };
}

function componentAt(document: JsonObject, path: readonly string[]): KeyComponent {
  let value: JsonValue | undefined = document;
  for (const name of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return typeof value === "object" && value !== null ? undefined : value as KeyComponent;
}

function invalid(text: string): GatewayError {
  return new GatewayError(400, `Partition key ${text.slice(0, 200)} is invalid`);
}
