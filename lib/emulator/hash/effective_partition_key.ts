/**
 * The place of a partition key in the key space of a container: upper-case hexadecimal text that is compared as text, from `""` to `"FF"`.
 * Three ways, as the service has them: version 1 (32 bits, then the value itself), version 2 (128 bits), and one version 2 hash for each level of a
 * hierarchical key.
 *
 * @module
 */
import { encodeNumber, encodeText } from "./v1_encoding.ts";
import { murmur3x64, murmur3x86 } from "./murmur3.ts";

/** One level of a partition key; `undefined` where the document has no value there. */
export type KeyComponent = string | number | boolean | null | undefined;

/** How a container hashes its partition key. */
export type HashVersion = "v1" | "v2" | "multi";

const V1_MAX_CHARACTERS = 100;
const encoder = new TextEncoder();

/** The effective partition key; a prefix of a hierarchical key gives the prefix that all keys under it share. */
export function effectivePartitionKey(key: readonly KeyComponent[], version: HashVersion): string {
  switch (version) {
    case "v1":
      return hashV1(key[0]);
    case "v2":
      return hashV2(key);
    case "multi":
      return key.map((component) => hashV2([component])).join("");
  }
}

function hashV1(component: KeyComponent): string {
  const key = typeof component === "string" ? component.slice(0, V1_MAX_CHARACTERS) : component;
  const hash = murmur3x86(bytesOf(key, 0x00));
  return hex([...encodeNumber(hash), ...encodeV1(key)]);
}

function encodeV1(key: KeyComponent): readonly number[] {
  if (typeof key === "string") return encodeText(key);
  if (typeof key === "number") return encodeNumber(key);
  return [...bytesOf(key, 0x00)];
}

function hashV2(key: readonly KeyComponent[]): string {
  const parts = key.map((component) => bytesOf(component, 0xff));
  const [first, second] = murmur3x64(parts.length === 1 ? parts[0]! : concatenate(parts));
  const view = new DataView(new ArrayBuffer(16));
  view.setBigUint64(0, second);
  view.setBigUint64(8, first);
  view.setUint8(0, view.getUint8(0) & 0x3f);
  return hex(new Uint8Array(view.buffer));
}

/** A type marker, then the value; text ends with `terminator`. */
function bytesOf(component: KeyComponent, terminator: number): Uint8Array {
  switch (typeof component) {
    case "string": {
      const text = encoder.encode(component);
      const bytes = new Uint8Array(text.length + 2);
      bytes[0] = 0x08;
      bytes.set(text, 1);
      bytes[text.length + 1] = terminator;
      return bytes;
    }
    case "number": {
      const bytes = new Uint8Array(9);
      bytes[0] = 0x05;
      new DataView(bytes.buffer).setFloat64(1, component, true);
      return bytes;
    }
    case "boolean":
      return Uint8Array.of(component ? 0x03 : 0x02);
    default:
      return Uint8Array.of(component === null ? 0x01 : 0x00);
  }
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function hex(bytes: Iterable<number>): string {
  let text = "";
  for (const byte of bytes) text += (byte < 16 ? "0" : "") + byte.toString(16);
  return text.toUpperCase();
}
