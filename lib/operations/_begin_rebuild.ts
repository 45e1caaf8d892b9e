import type { JsonObject } from "../base/json.ts";
import { rebuiltDefinition } from "../definition/rebuild_container.ts";
import { ifExists, propertiesOf } from "./_container_settings.ts";
import type { RebuildOptions } from "./_rebuild.ts";
import type { RebuildNote } from "./_rebuild_note.ts";
import { refuseRebuild } from "./_rebuild_refusal.ts";
import { fromPortThroughput } from "./_throughput.ts";
import { containerDifferences } from "./container_differences.ts";

/**
 * Begins a rebuild.
 *
 * @param change members of the definition as they are to be
 * @param options.before the rebuild that an earlier version of the migration declared; it is at its end, or abandoned
 * @returns `undefined` when the container is as it is to be already
 * @throws {CosmigError} with code `operation-refused` for a container whose documents expire, or when the name of the second container is taken
 */
export async function beginRebuild(
  change: JsonObject,
  options: RebuildOptions & { readonly before?: RebuildNote | undefined },
): Promise<RebuildNote | undefined> {
  const { container, context, before } = options;
  const { database, signal, migrationId, cycle } = context;
  const found = await propertiesOf({ container, action: "rebuild the container" }, context);
  const wanted = rebuiltDefinition(found.definition, { id: container, change });
  if (isSameDefinition(wanted, found.definition)) return undefined;
  if (typeof found.definition["defaultTtl"] === "number") {
    throw refuseRebuild(container, "its documents expire, and a copy would restart their time to live", {
      hint:
        `Put setDefaultTtl({ container: "${container}", seconds: "off" }) before it, and set it again after`,
    });
  }
  const shadow = `cosmig-rebuild-${container}`.slice(0, 200) + `-${migrationId}-${cycle}`;
  if (await ifExists(() => database.container(shadow).properties({ signal })) !== undefined) {
    throw refuseRebuild(container, `there is a container "${shadow}" already, which would hold the copy`, {
      hint: "Look at what it holds, and delete it",
    });
  }
  const setting = await database.throughput.read(found.rid, { signal });
  const note: RebuildNote = {
    state: "create-shadow",
    original: {
      rid: found.rid,
      definition: found.definition,
      throughput: setting && fromPortThroughput(setting),
    },
    change,
    origin: { ...membersOf(found.definition, change), ...before?.origin },
    shadow,
    round: 1,
    positions: [],
    contents: { documents: 0, hash: "" },
    requestUnits: before?.requestUnits ?? 0,
  };
  await options.save(note);
  return note;
}

/** What a change takes the place of; `null` where there was nothing. */
function membersOf(definition: JsonObject, change: JsonObject): JsonObject {
  return Object.fromEntries(Object.keys(change).map((member) => [member, definition[member] ?? null]));
}

/** Whether partition key, unique keys and vector policy are the same. */
export function isSameDefinition(wanted: JsonObject, found: JsonObject): boolean {
  const vectors = (definition: JsonObject) => JSON.stringify(definition["vectorEmbeddingPolicy"] ?? null);
  return containerDifferences({ wanted, found, scope: "fixed" }).length === 0 &&
    vectors(wanted) === vectors(found);
}
