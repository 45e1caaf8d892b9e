import { NO_DOCUMENTS } from "../base/document_counts.ts";
import { CosmigError, CosmosError, TemporaryError } from "../base/errors.ts";
import type { JsonObject, JsonValue } from "../base/json.ts";
import type { ContainerProperties } from "../cosmos/port.ts";
import type { Estimate, EstimateContext, StepContext, StepOutcome, VerifyFindings } from "./handler.ts";

/** A change of one container's settings. */
export interface SettingsChange {
  readonly container: string;
  /** What it does, for messages: `set the default TTL`. */
  readonly action: string;
  /** What the inverse needs to know of the settings as they were. */
  note(definition: JsonObject): JsonValue;
  /** The settings as they are to be; `undefined` when they are so already. */
  change(definition: JsonObject): JsonObject | undefined;
}

/** What a step did that changes no documents. */
export const NO_DOCUMENT_WORK: StepOutcome = { documents: NO_DOCUMENTS, requestUnits: 0 };

/** How often somebody else may change the settings in between. */
const MAX_CONFLICTS = 10;

/**
 * Changes settings: read, note, replace with If-Match. After a conflict it reads again and applies the same intent to what it finds. What an earlier attempt
 * noted stays, since the settings may be the changed ones by now.
 *
 * @throws {CosmigError} with code `resource-missing` when the container does not exist
 * @throws {TemporaryError} when somebody else keeps changing the settings
 */
export async function applySettings(change: SettingsChange, context: StepContext): Promise<StepOutcome> {
  const { database, signal } = context;
  let isNoted = context.captured !== undefined;
  let lastConflict: unknown;
  for (let conflicts = 0; conflicts <= MAX_CONFLICTS; conflicts++) {
    const { definition, etag } = await propertiesOf(change, context);
    const next = change.change(definition);
    // Noted anew after a conflict, because what somebody else set in the meantime is what the inverse has to put back.
    if (!isNoted || (next !== undefined && context.captured === undefined)) {
      await context.capture(change.note(definition));
      isNoted = true;
    }
    if (next === undefined) return NO_DOCUMENT_WORK;
    try {
      await database.replaceContainer(next, { ifMatch: etag, signal });
      return NO_DOCUMENT_WORK;
    } catch (error) {
      if (!(error instanceof CosmosError && error.status === 412)) throw error;
      lastConflict = error;
    }
  }
  throw new TemporaryError(
    `Cannot ${change.action} of "${change.container}" as its settings keep being changed by somebody else`,
    { cause: lastConflict, hint: "Run the same command again" },
  );
}

/** The estimate of a change of settings. @throws {CosmosError} (404) when the container does not exist (yet) */
export async function estimateSettings(
  change: SettingsChange,
  { database, signal, notes }: EstimateContext & { readonly notes: readonly string[] },
): Promise<Estimate> {
  const { definition } = await database.container(change.container).properties({ signal });
  const isDone = change.change(definition) === undefined;
  return {
    documents: undefined,
    requestUnits: undefined,
    notes: isDone ? ["is so already, nothing changes"] : notes,
  };
}

/** What no longer holds of a change of settings. */
export async function verifySettings(
  change: SettingsChange,
  { database, signal }: EstimateContext,
): Promise<VerifyFindings> {
  const found = await ifExists(() => database.container(change.container).properties({ signal }));
  if (found === undefined) return [`The container "${change.container}" does not exist`];
  return change.change(found.definition) === undefined ? [] : [
    `The settings of "${change.container}" were changed since; it takes effect again with: ${change.action}`,
  ];
}

/** A container's properties. @throws {CosmigError} with code `resource-missing` when it does not exist */
export async function propertiesOf(
  { container, action }: { readonly container: string; readonly action: string },
  { database, signal }: Pick<StepContext, "database" | "signal">,
): Promise<ContainerProperties> {
  try {
    return await database.container(container).properties({ signal });
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new CosmigError(
      "resource-missing",
      `Cannot ${action} of "${container}" as the database "${database.id}" has no such container`,
      {
        cause: error,
        details: { container, database: database.id },
        hint: error.hint ??
          `Create it: az cosmosdb sql container create --account-name <account> --resource-group <resource group> ` +
            `--database-name ${database.id} --name ${container} --partition-key-path <path>`,
      },
    );
  }
}

/** The value of a request, or `undefined` when what it asks for does not exist. */
export async function ifExists<Value>(request: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await request();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): error is CosmosError {
  return error instanceof CosmosError && error.status === 404;
}
