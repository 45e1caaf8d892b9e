import { isJsonObject } from "../base/json.ts";
import type { StepRecord } from "../definition/record.ts";
import { type RebuildNote, rebuildNoteFromJson } from "./_rebuild_note.ts";

/** A rebuild that stopped on its way. */
export interface UnfinishedRebuild {
  readonly container: string;
  /** Name of the second container. */
  readonly shadow: string;
  /** Whether the second container may hold the only copy of the documents. */
  readonly isOnlyCopy: boolean;
}

/** What a recorded step left in the middle, on its way there or back; nothing for steps of other kinds. Only the step itself can go on from there. */
export function unfinishedRebuilds({ kind, status, captured }: StepRecord): readonly UnfinishedRebuild[] {
  if (kind !== "rebuildContainer" || status !== "running") return [];
  const wayBack = isJsonObject(captured) ? [captured["forward"], captured["back"]] : [];
  return [captured, ...wayBack].map(rebuildNoteFromJson).filter((note) => note !== undefined)
    .filter(({ state }) => state !== "done").map(described);
}

function described({ state, shadow, original }: RebuildNote): UnfinishedRebuild {
  const isOnlyCopy = state !== "create-shadow" && state !== "copy" && state !== "restart";
  return { container: String(original.definition["id"]), shadow, isOnlyCopy };
}
