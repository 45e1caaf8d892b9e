import type fc from "fast-check";
import type { JsonObject } from "../../../lib/base/json.ts";
import type { Operation } from "../../../lib/definition/operation.ts";
import type { Seed } from "../../../lib/emulator/mod.ts";

/** What a rollback makes of a document, as documented; `undefined` when it deletes it. `before` is what it was before the way up. */
export type Restored = (now: JsonObject, before: JsonObject | undefined) => JsonObject | undefined;

/** A database, an operation, and what an application does before the operation is undone. */
export interface Scene {
  readonly containers: Seed["containers"];
  readonly operation: Operation;
  /** Applied before; what they lead to is where the scene begins. */
  readonly prepared?: readonly Operation[];
  /** The operation in question is the inverse of the one that is given. */
  readonly isInverse?: boolean;
  readonly meanwhile?: {
    readonly container: string;
    readonly changes: readonly { readonly pick: number; readonly fields: JsonObject }[];
    readonly creations: readonly JsonObject[];
  } | undefined;
  /** @default each document is as it was before, with what the application has put into `live` */
  readonly restored?: Restored;
  /** What a rollback makes of the settings of a container. @default what they were before */
  readonly restoredSettings?: (now: JsonObject, before: JsonObject) => JsonObject;
}

/** Scenes of one kind of operation, by what is special about them. */
export type KindScenes = Readonly<Record<string, fc.Arbitrary<Scene>>>;
