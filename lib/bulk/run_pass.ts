/**
 * Runs passes. Owns how a container is gone through: ranges in parallel, pages, conditional writes, pacing, checkpoints, splits and merges. Does not own
 * why a document changes ({@linkcode Pass}), nor where checkpoints are kept ({@linkcode CheckpointStore}), nor whether it may still write (the port's
 * write gate).
 *
 * Fails with `documents-failed` when documents cannot be changed, with `operation-refused` when the pass would not come to an end, and with an error
 * that is worth another try when the service is busy for too long. Whatever happens, the next run goes on from the last checkpoint.
 *
 * @module
 */
import { CosmigError, CosmosError } from "../base/errors.ts";
import type { ContainerProperties, CosmosContainer } from "../cosmos/port.ts";
import { CheckpointKeeper } from "./checkpoint_keeper.ts";
import { parsePartitionKeyPaths } from "./document_key.ts";
import { expectedDocuments } from "./expected_documents.ts";
import { FailureList } from "./failure_list.ts";
import { PartWorker } from "./part_worker.ts";
import type { Pass, PassContext, PassOutcome } from "./pass.ts";
import { planParts } from "./plan_parts.ts";
import { ProgressMeter } from "./progress_meter.ts";
import { compileSelection } from "./selection.ts";
import { walkParts } from "./walk_parts.ts";

/**
 * Goes through a container and writes what has to change.
 *
 * - Every document that is selected when its page is read is decided about, also across splits, merges, crashes and resumed runs.
 * - No document is changed twice, and no change of somebody else is overwritten: each write carries the ETag of what it was decided for.
 * - Memory does not depend on how many documents there are: two pages a range.
 * - An abort ends it after the requests in flight, with a checkpoint.
 *
 * @throws {CosmigError} with code `resource-missing` when the container does not exist
 * @throws {CosmigError} with code `operation-refused` before anything of a page is written whose documents would be changed again and again
 * @throws {CosmigError} with code `documents-failed` when documents could not be changed
 * @throws {TemporaryError} when nothing succeeded for longer than the patience
 * @throws {LeaseLostError} when a checkpoint cannot be saved because the lease is gone
 * @throws the abort reason of the context's signal
 */
export async function runPass(pass: Pass, context: PassContext): Promise<PassOutcome> {
  const { clock, settings, checkpoints: store } = context;
  const selection = compileSelection(pass);
  const container = context.database.container(pass.container);
  const properties = await propertiesOf(container, context.signal);
  const { rid, partitionKeyPaths } = properties;
  const governor = await context.budget.governorOf(container, context);
  const ranges = await container.ranges({ signal: context.signal });
  const plan = planParts({ containerRid: rid, ranges, checkpoints: await store.load() });
  const meter = new ProgressMeter({
    clock,
    container: pass.container,
    emit: (progress) => context.progress(progress),
  });
  const keeper = new CheckpointKeeper({ store, clock });
  for (const checkpoint of plan.done) meter.include(checkpoint);
  for (const checkpoint of plan.obsolete) keeper.drop(checkpoint);
  for (const part of plan.open) meter.watch(part);
  if (plan.open.length > 0) {
    const { signal } = context;
    meter.expect(
      await expectedDocuments(container, { properties, open: plan.open, selection, governor, signal }),
    );
  }

  const stopping = new AbortController();
  const failures = new FailureList({ ...settings, ...pass });
  const worker = new PartWorker({
    ...{ pass, context, selection, container, meter, keeper, failures },
    partitionKeyNames: parsePartitionKeyPaths(partitionKeyPaths),
    governor,
    signal: AbortSignal.any([context.signal, stopping.signal]),
  });
  await walkParts(plan.open, {
    atOnce: settings.concurrency,
    work: (part) => worker.work(part),
    onError: (error) => stopping.abort(error),
    meter,
    keeper,
  });
  failures.throwIfAny();
  if (!meter.isComplete) {
    throw new CosmigError("internal", `Cannot end the pass over "${pass.container}" as a part of it is open`);
  }
  return meter.outcome;
}

async function propertiesOf(container: CosmosContainer, signal: AbortSignal): Promise<ContainerProperties> {
  try {
    return await container.properties({ signal });
  } catch (cause) {
    if (!(cause instanceof CosmosError && cause.status === 404)) throw cause;
    throw new CosmigError(
      "resource-missing",
      `Cannot change documents of "${container.id}" as the container does not exist`,
      {
        hint: "Create it with createContainer in an earlier operation, or set ifContainerExists: true",
        details: { container: container.id },
        cause,
      },
    );
  }
}
