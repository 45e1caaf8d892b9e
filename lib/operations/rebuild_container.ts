import { isJsonObject, jsonEquals } from "../base/json.ts";
import { type RebuildContainerOperation, rebuiltDefinition } from "../definition/rebuild_container.ts";
import { ifExists, NO_DOCUMENT_WORK } from "./_container_settings.ts";
import { beginRebuild, isSameDefinition } from "./_begin_rebuild.ts";
import { Rebuild, type RebuildOptions } from "./_rebuild.ts";
import { type RebuildNote, rebuildNoteFromJson, rebuildNoteToJson } from "./_rebuild_note.ts";
import { refuseRebuild } from "./_rebuild_refusal.ts";
import { containerDifferences } from "./container_differences.ts";
import { estimateDocuments } from "./documents/estimate_documents.ts";
import type { OperationHandler, StepContext, StepOutcome } from "./handler.ts";

/** Rebuilds a container. */
export const rebuildContainerHandler: OperationHandler<RebuildContainerOperation> = {
  kind: "rebuildContainer",
  estimate: async ({ parameters: { container, change } }, context) => {
    const { definition } = await context.database.container(container).properties(context);
    const wanted = rebuiltDefinition(definition, { id: container, change });
    if (isSameDefinition(wanted, definition)) {
      return { documents: 0, requestUnits: 0, notes: ["is so already, nothing changes"] };
    }
    const estimate = await estimateDocuments({
      container,
      selection: undefined,
      notes: [
        "OFFLINE: stop everything that writes to the container first; writes are noticed and end the migration",
        "every document is copied twice, and a second container stands beside this one meanwhile",
        "consumers of the change feed begin anew",
        ...(typeof definition["defaultTtl"] === "number"
          ? ["its documents expire: it is refused unless an operation before it switches the default TTL off"]
          : []),
      ],
    }, context);
    const { requestUnits } = estimate;
    return { ...estimate, requestUnits: requestUnits === undefined ? undefined : 2 * requestUnits };
  },
  apply: (operation, context) =>
    operation.parameters.undoes === undefined ? rebuild(operation, context) : undo(operation, context),
  verify: async ({ parameters: { container, change } }, { database, signal }) => {
    const found = await ifExists(() => database.container(container).properties({ signal }));
    if (found === undefined) return [`The container "${container}" does not exist`];
    const wanted = rebuiltDefinition(found.definition, { id: container, change });
    return containerDifferences({ wanted, found: found.definition, scope: "fixed" })
      .map((difference) => `The container "${container}" is another one: ${difference}`);
  },
};

async function rebuild(
  { parameters }: RebuildContainerOperation,
  context: StepContext,
): Promise<StepOutcome> {
  const { container, change } = parameters;
  const options: RebuildOptions = {
    container,
    context,
    save: (note) => context.capture(rebuildNoteToJson(note)),
  };
  const noted = rebuildNoteFromJson(context.captured);
  refuseOtherContainer(noted, container);
  // What only a version of the migration before this one declared goes back to what it was, so that the end does not depend on how far that one came.
  const whole = { ...noted?.origin, ...change };
  if (noted !== undefined && jsonEquals(noted.change, whole)) return await new Rebuild(noted, options).run();
  const before = noted && await new Rebuild(noted, options).conclude();
  const note = await beginRebuild(whole, { ...options, before });
  if (note !== undefined) return await new Rebuild(note, options).run();
  context.log(`The container "${container}" is so already`);
  await context.capture(
    before === undefined ? { unchanged: true } : rebuildNoteToJson({ ...before, change: whole }),
  );
  return NO_DOCUMENT_WORK;
}

/** What the way up has begun is concluded first, and then another rebuild leads back to where it all began. */
async function undo({ parameters }: RebuildContainerOperation, context: StepContext): Promise<StepOutcome> {
  const { container, change } = parameters;
  const captured = isJsonObject(context.captured) ? context.captured : {};
  let forward = rebuildNoteFromJson(captured["forward"] ?? parameters.undoes);
  let back = rebuildNoteFromJson(captured["back"]);
  const save = (notes: { readonly forward?: RebuildNote; readonly back?: RebuildNote }) => {
    forward = notes.forward ?? forward;
    back = notes.back ?? back;
    return context.capture({
      ...(forward === undefined ? {} : { forward: rebuildNoteToJson(forward) }),
      ...(back === undefined ? {} : { back: rebuildNoteToJson(back) }),
    });
  };
  if (forward !== undefined) {
    await new Rebuild(forward, { container, context, save: (note) => save({ forward: note }) }).conclude();
  }
  const options = { container, context, save: (note: RebuildNote) => save({ back: note }) };
  const note = back ?? await beginRebuild(change, options);
  return note === undefined ? NO_DOCUMENT_WORK : await new Rebuild(note, options).run();
}

/** A step with a name of its own may have been begun for another container. */
function refuseOtherContainer(noted: RebuildNote | undefined, container: string): void {
  const id = noted?.original.definition["id"];
  if (noted === undefined || id === container) return;
  throw refuseRebuild(container, `the step was begun for the container "${id}" by another version of it`, {
    hint:
      `Nothing was changed. Keep the rebuild of "${id}" as it was, and give that of "${container}" another name`,
  });
}
