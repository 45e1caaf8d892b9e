import { CosmigError, CosmosError } from "../base/errors.ts";
import type { JsonValue } from "../base/json.ts";
import type { ContainerProperties } from "../cosmos/port.ts";
import {
  type CreateContainerOperation,
  type CreationNote,
  type DropCreatedContainerOperation,
  noteFrom,
} from "../definition/create_container.ts";
import { ifExists, NO_DOCUMENT_WORK } from "./_container_settings.ts";
import { patiently } from "./_patiently.ts";
import { toPortThroughput } from "./_throughput.ts";
import { holdsDocuments } from "./_holds_documents.ts";
import { containerDifferences } from "./container_differences.ts";
import type { EstimateContext, OperationHandler, StepContext, StepOutcome } from "./handler.ts";

/** Creates a container. */
export const createContainerHandler: OperationHandler<CreateContainerOperation> = {
  kind: "createContainer",
  estimate: async (operation, context) => {
    const found = await find(operation.parameters.container, context);
    if (found !== undefined) compare(operation, { found, scope: "all" });
    return {
      documents: undefined,
      requestUnits: undefined,
      notes: found === undefined ? [] : ["exists already with the same definition, nothing changes"],
    };
  },
  apply: create,
  verify: async ({ parameters }, context) => {
    const found = await find(parameters.container, context);
    if (found === undefined) return [`The container "${parameters.container}" does not exist`];
    return containerDifferences({ wanted: parameters.definition, found: found.definition, scope: "fixed" })
      .map((difference) => `The container "${parameters.container}" is another one: ${difference}`);
  },
};

/** Drops what {@linkcode createContainerHandler} created. */
export const dropCreatedContainerHandler: OperationHandler<DropCreatedContainerOperation> = {
  kind: "dropCreatedContainer",
  estimate: async ({ parameters }, context) => {
    const found = await find(parameters.container, context);
    const isFilled = found !== undefined && await holdsDocuments(parameters.container, context);
    return {
      documents: undefined,
      requestUnits: undefined,
      notes: isFilled ? ["it holds documents now; it is dropped only if none are left by then"] : [],
    };
  },
  apply: drop,
  verify: async ({ parameters }, context) => {
    const found = await find(parameters.container, context);
    return found === undefined || found.rid !== parameters.rid
      ? []
      : [`The container "${parameters.container}" still exists`];
  },
};

/**
 * 1. Nothing noted and the container is there: it is somebody else's, who may have it if it is the same.
 * 2. Nothing noted and it is missing: note that, ask for it, note its identifier.
 * 3. Died in between: a container that is there now counts as ours, since it was missing. A wrong guess does no harm, because the inverse only drops a
 *    container that is empty and has this definition.
 */
async function create(operation: CreateContainerOperation, context: StepContext): Promise<StepOutcome> {
  const note = noteFrom(context.captured);
  const found = await find(operation.parameters.container, context);
  if (found !== undefined) {
    compare(operation, { found, scope: note?.state === "created" ? "fixed" : "all" });
    const isOurs = note?.state === "creating" || (note?.state === "created" && note.rid === found.rid);
    const next: CreationNote = isOurs ? { state: "created", rid: found.rid } : { state: "found" };
    await context.capture({ ...next });
    return NO_DOCUMENT_WORK;
  }
  await context.capture({ state: "creating" });
  await context.capture(await request(operation, context));
  return NO_DOCUMENT_WORK;
}

/** Asks for the container; the connection recognises one that an unanswered request of this very run made. */
async function request(operation: CreateContainerOperation, context: StepContext): Promise<JsonValue> {
  const { container, definition, throughput } = operation.parameters;
  const { database, signal } = context;
  try {
    const { rid } = await database.createContainer(definition, {
      throughput: toPortThroughput(throughput),
      signal,
    });
    return { state: "created", rid };
  } catch (error) {
    if (!(error instanceof CosmosError && error.status === 409)) throw error;
    compare(operation, { found: await database.container(container).properties({ signal }), scope: "all" });
    return { state: "found" };
  }
}

/**
 * Drops by identifier, noted before the request, and only what is empty. Between that look and the drop a writer could still come: Cosmos DB has no
 * conditional drop.
 */
async function drop(operation: DropCreatedContainerOperation, context: StepContext): Promise<StepOutcome> {
  const { container, definition } = operation.parameters;
  const { database, signal, log } = context;
  const found = await find(container, context);
  const noted = noteFrom(context.captured);
  const rid = operation.parameters.rid ?? (noted?.state === "created" ? noted.rid : undefined);
  if (found === undefined || (rid !== undefined && rid !== found.rid)) {
    log(`The container "${container}" that was created here is gone already`);
    return NO_DOCUMENT_WORK;
  }
  const differences = containerDifferences({ wanted: definition, found: found.definition, scope: "fixed" });
  if (rid === undefined && differences.length > 0) {
    log(
      `The container "${container}" is not the one that was to be created here, and stays: ${
        differences.join("; ")
      }`,
    );
    return NO_DOCUMENT_WORK;
  }
  // Missing by now: a delete that an earlier attempt sent has arrived.
  if (await patiently(context, () => ifExists(() => holdsDocuments(container, context)))) {
    throw new CosmigError(
      "operation-refused",
      `Cannot drop the container "${container}" as it holds documents`,
      {
        hint: "Move or delete them first, or leave the migration applied",
        details: { container },
      },
    );
  }
  await context.capture({ state: "created", rid: found.rid });
  await database.deleteContainer(found.rid, { signal });
  return NO_DOCUMENT_WORK;
}

function find(
  container: string,
  { database, signal }: Pick<EstimateContext, "database" | "signal">,
): Promise<ContainerProperties | undefined> {
  return ifExists(() => database.container(container).properties({ signal }));
}

function compare(
  { parameters }: CreateContainerOperation,
  { found, scope }: { readonly found: ContainerProperties; readonly scope: "all" | "fixed" },
): void {
  const { container, definition } = parameters;
  const differences = containerDifferences({ wanted: definition, found: found.definition, scope });
  if (differences.length === 0) return;
  throw new CosmigError(
    "operation-refused",
    `Cannot create the container "${container}" as there is another one of that name: ${
      differences.join("; ")
    }`,
    {
      hint: "Declare it as it is, or change what can be changed in a migration of its own",
      details: { container, differences },
    },
  );
}
