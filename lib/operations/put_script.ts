import { CosmosError, TemporaryError } from "../base/errors.ts";
import { jsonEquals, type JsonObject } from "../base/json.ts";
import type { ScriptKind, StoredScript } from "../cosmos/port.ts";
import type { PutScriptOperation, ScriptKindName } from "../definition/put_script.ts";
import { isSystemProperty } from "../definition/reserved_property.ts";
import { NO_DOCUMENT_WORK, propertiesOf } from "./_container_settings.ts";
import type { EstimateContext, OperationHandler } from "./handler.ts";

/** How often somebody else may change the script in between. */
const MAX_CONFLICTS = 10;

const SEGMENTS: Readonly<Record<ScriptKindName, ScriptKind>> = {
  "stored procedure": "sprocs",
  "trigger": "triggers",
  "user-defined function": "udfs",
};

/** Puts a script in its place, or takes it away. */
export const putScriptHandler: OperationHandler<PutScriptOperation> = {
  kind: "putScript",
  estimate: async (operation, context) => {
    await context.database.container(operation.parameters.container).properties(context);
    return {
      documents: undefined,
      requestUnits: undefined,
      notes: await isDone(operation, context) ? ["is so already, nothing changes"] : [],
    };
  },
  apply: async ({ parameters }, context) => {
    const { container, script, id, resource } = parameters;
    const { database, signal } = context;
    await propertiesOf({ container, action: `put the ${script} "${id}"` }, context);
    const scripts = database.scripts(container);
    const kind = SEGMENTS[script];
    for (let conflicts = 0; conflicts <= MAX_CONFLICTS; conflicts++) {
      const found = await scripts.read(id, { kind, signal });
      if (context.captured === undefined) {
        await context.capture({ previous: found === undefined ? null : withoutSystemProperties(found) });
      }
      if (isAs(found, resource)) return NO_DOCUMENT_WORK;
      try {
        if (resource === undefined) await scripts.delete(id, { kind, ifMatch: found?._etag ?? "", signal });
        else if (found === undefined) await scripts.create(resource, { kind, signal });
        else await scripts.replace(resource, { kind, ifMatch: found._etag, signal });
        return NO_DOCUMENT_WORK;
      } catch (error) {
        if (!(error instanceof CosmosError && [404, 409, 412].includes(error.status))) throw error;
      }
    }
    throw new TemporaryError(
      `Cannot put the ${script} "${id}" into "${container}" as it keeps being changed by somebody else`,
      { hint: "Run the same command again" },
    );
  },
  verify: async (operation, context) => {
    const { container, script, id, resource } = operation.parameters;
    if (await isDone(operation, context)) return [];
    return [
      `The ${script} "${id}" of "${container}" ${
        resource === undefined ? "still exists" : "is missing or was changed since"
      }`,
    ];
  },
};

async function isDone({ parameters }: PutScriptOperation, context: EstimateContext): Promise<boolean> {
  const { container, script, id, resource } = parameters;
  const scripts = context.database.scripts(container);
  return isAs(await scripts.read(id, { kind: SEGMENTS[script], signal: context.signal }), resource);
}

function isAs(found: StoredScript | undefined, resource: JsonObject | undefined): boolean {
  return found === undefined || resource === undefined
    ? found === resource
    : jsonEquals(withoutSystemProperties(found), resource);
}

function withoutSystemProperties(script: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(script).filter(([name]) => !isSystemProperty(name)));
}
