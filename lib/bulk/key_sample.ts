import { isJsonObject } from "../base/json.ts";
import type { ContainerProperties } from "../cosmos/port.ts";
import type { Bounds } from "./part.ts";

/** Effective partition keys of a hash of version 2 are spread evenly below this, in their first four bytes. */
const HASH_SPACE = 0x4000_0000;
const START = 0x1000_0000;

/** Whether a part of the key space speaks for all of it. */
export function isEvenlyHashed({ definition }: ContainerProperties): boolean {
  const partitionKey = definition["partitionKey"];
  return isJsonObject(partitionKey) && partitionKey["version"] === 2;
}

/** So much of the key space, in one piece; at most a half. */
export function boundsOfShare(share: number): Bounds {
  return { minInclusive: hex(START), maxExclusive: hex(START + HASH_SPACE * share) };
}

function hex(value: number): string {
  return Math.round(value).toString(16).toUpperCase().padStart(8, "0");
}
