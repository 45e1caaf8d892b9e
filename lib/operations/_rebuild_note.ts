import { isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { type ContainerThroughput, throughputFromJson, throughputToJson } from "../definition/throughput.ts";
import type { Contents } from "./_contents.ts";
import { type FeedPosition, positionsFromJson, positionsToJson } from "./_feed_positions.ts";

const STATES = [
  /** The second container is being asked for. */
  "create-shadow",
  /** Documents are copied to it, and compared. */
  "copy",
  /** The copy is worth nothing: it goes, and all begins anew. The original was never asked to go. */
  "restart",
  /** The copy is complete; the original is being dropped. From here on the copy stays until the end, because a request to drop may arrive at any time. */
  "drop-original",
  /** Somebody wrote to the original after that: the copy has to catch up first. */
  "catch-up",
  "create-new",
  "copy-back",
  "drop-shadow",
  "done",
] as const;

/** How far a rebuild has come; each state is noted before its first request. */
export type RebuildState = typeof STATES[number];

/** What is noted of a rebuild; with what it takes to go on, or back. */
export interface RebuildNote {
  readonly state: RebuildState;
  readonly original: {
    readonly rid: string;
    readonly definition: JsonObject;
    readonly throughput: ContainerThroughput | undefined;
  };
  /** Members of the definition as they are to be. */
  readonly change: JsonObject;
  /** Members as they were where it all began, before rebuilds that an earlier version of the migration declared; the inverse leads back to them. */
  readonly origin: JsonObject;
  /** Name of the second container. */
  readonly shadow: string;
  readonly shadowRid?: string | undefined;
  /** `_rid` of the container that takes the place of the original. */
  readonly newRid?: string | undefined;
  /** Grows when a copy begins anew, so that it does not find the checkpoints of the one before. */
  readonly round: number;
  /** Where the change feed of the original stood before the copy. */
  readonly positions: readonly FeedPosition[];
  /** What the original held. */
  readonly contents: Contents;
  readonly requestUnits: number;
}

/** A note as it is captured. */
export function rebuildNoteToJson(note: RebuildNote): JsonObject {
  const { original, positions, contents, ...rest } = note;
  const { throughput } = original;
  return {
    ...rest,
    original: { ...original, throughput: throughput === undefined ? null : throughputToJson(throughput) },
    positions: positionsToJson(positions),
    contents: { ...contents },
  };
}

/** Reads what {@linkcode rebuildNoteToJson} wrote; `undefined` for anything else. */
export function rebuildNoteFromJson(value: JsonValue | undefined): RebuildNote | undefined {
  if (!isJsonObject(value) || !isJsonObject(value["original"])) return undefined;
  const {
    state,
    original,
    change,
    origin,
    shadow,
    shadowRid,
    newRid,
    round,
    positions,
    contents,
    requestUnits,
  } = value;
  const known = STATES.find((candidate) => candidate === state);
  if (known === undefined || !isJsonObject(original["definition"])) return undefined;
  return {
    state: known,
    original: {
      rid: String(original["rid"]),
      definition: original["definition"],
      throughput: throughputFromJson(original["throughput"]),
    },
    change: isJsonObject(change) ? change : {},
    origin: isJsonObject(origin) ? origin : {},
    shadow: String(shadow),
    shadowRid: typeof shadowRid === "string" ? shadowRid : undefined,
    newRid: typeof newRid === "string" ? newRid : undefined,
    round: typeof round === "number" ? round : 1,
    positions: positionsFromJson(positions),
    contents: isJsonObject(contents)
      ? { documents: Number(contents["documents"]), hash: String(contents["hash"]) }
      : { documents: 0, hash: "" },
    requestUnits: typeof requestUnits === "number" ? requestUnits : 0,
  };
}
