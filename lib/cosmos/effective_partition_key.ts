import { isJsonObject, type JsonObject } from "../base/json.ts";
import { murmur128, murmur32 } from "./_murmur_hash.ts";
import type { PartitionKey } from "./port.ts";

/** How a container places documents: old containers hash the first hundred characters, new ones everything, hierarchical ones each level. */
export type PartitionHashing = "v1" | "v2" | "multi";

type Component = PartitionKey[number];

const MARK = { undefined: 0x00, null: 0x01, false: 0x02, true: 0x03, number: 0x05, string: 0x08 } as const;
const V1_STRING_LIMIT = 100;

/** The hashing of a container, from its definition. */
export function hashingOf(definition: JsonObject): PartitionHashing {
  const partitionKey = definition["partitionKey"];
  if (!isJsonObject(partitionKey)) return "v1";
  if (partitionKey["kind"] === "MultiHash") return "multi";
  return partitionKey["version"] === 2 ? "v2" : "v1";
}

/**
 * The effective partition key: upper-case hexadecimal digits whose order as text is the order of physical partitions. The service's own algorithm,
 * which the SDK has too but does not export; the tests hold this against it.
 */
export function effectivePartitionKey(partitionKey: PartitionKey, hashing: PartitionHashing): string {
  switch (hashing) {
    case "v1":
      return v1(partitionKey[0]);
    case "v2":
      return v2(partitionKey);
    case "multi":
      return partitionKey.map((component) => v2([component])).join("");
  }
}

function v2(components: readonly Component[]): string {
  const bytes = components.flatMap((component) => hashInput(component, 0xff));
  const hash = murmur128(Uint8Array.from(bytes)).reverse();
  // The two highest bits are kept free, so that the hash sorts below "FF".
  hash[0] = (hash[0] ?? 0) & 0x3f;
  return hex(hash);
}

function v1(component: Component): string {
  const value = typeof component === "string" ? component.slice(0, V1_STRING_LIMIT) : component;
  const hash = murmur32(Uint8Array.from(hashInput(value, 0x00)));
  return hex([...sortableNumber(hash), ...sortableValue(value)]);
}

function hashInput(component: Component, stringEnd: number): number[] {
  if (typeof component === "string") {
    return [MARK.string, ...new TextEncoder().encode(component), stringEnd];
  }
  if (typeof component === "number") {
    return [MARK.number, ...bigEndian(component).reverse()];
  }
  return [MARK[`${component}`]];
}

function sortableValue(component: Component): number[] {
  if (typeof component === "number") return sortableNumber(component);
  if (typeof component !== "string") return [MARK[`${component}`]];
  // UTF-8 has no byte 0xff, so that each has a next one, and zero is free to mean the end.
  return [MARK.string, ...[...new TextEncoder().encode(component)].map((byte) => byte + 1), 0x00];
}

/** A number whose bytes sort like numbers: sign turned, then seven bits a byte, the lowest bit telling whether more follow. */
function sortableNumber(value: number): number[] {
  const bits = new DataView(Uint8Array.from(bigEndian(value)).buffer).getBigUint64(0);
  const signBit = 1n << 63n;
  let rest = BigInt.asUintN(64, bits < signBit ? bits ^ signBit : -bits);
  const bytes = [MARK.number, Number(rest >> 56n)];
  rest = BigInt.asUintN(64, rest << 8n);
  const groups: number[] = [];
  do {
    groups.push(Number(rest >> 56n) | 1);
    rest = BigInt.asUintN(64, rest << 7n);
  } while (rest !== 0n);
  const last = groups.length - 1;
  groups[last] = (groups[last] ?? 0) & 0xfe;
  return [...bytes, ...groups.filter((byte) => byte !== 0)];
}

function bigEndian(value: number): number[] {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return [...bytes];
}

function hex(bytes: Iterable<number>): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("").toUpperCase();
}
