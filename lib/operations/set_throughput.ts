import { CosmigError, CosmosError, TemporaryError } from "../base/errors.ts";
import { isJsonObject, jsonEquals } from "../base/json.ts";
import type { ThroughputSetting } from "../cosmos/port.ts";
import type { SetThroughputOperation, SetThroughputParameters } from "../definition/set_throughput.ts";
import {
  type ContainerThroughput,
  throughputFromJson,
  throughputInWords,
  throughputToJson,
} from "../definition/throughput.ts";
import { ifExists, NO_DOCUMENT_WORK, propertiesOf } from "./_container_settings.ts";
import { fromPortThroughput, limitOf, toPortThroughput } from "./_throughput.ts";
import type { OperationHandler, StepContext } from "./handler.ts";

/** How often somebody else may change the setting in between. */
const MAX_CONFLICTS = 10;

/** Sets provisioned throughput. */
export const setThroughputHandler: OperationHandler<SetThroughputOperation> = {
  kind: "setThroughput",
  estimate: async ({ parameters }, context) => {
    const { rid } = await context.database.container(parameters.container).properties(context);
    const setting = await context.database.throughput.read(rid, context);
    const note = whyNot(parameters, setting);
    if (note !== undefined && parameters.during === "always") throw refused(parameters, note);
    const isDone = setting !== undefined && targetOf(parameters, setting) === undefined;
    return {
      documents: undefined,
      requestUnits: undefined,
      notes: note !== undefined
        ? [`${note}: it is left as it is`]
        : isDone
        ? ["is so already, nothing changes"]
        : ["throughput is billed by the hour, at the highest setting of each"],
    };
  },
  apply: async ({ parameters }, context) => {
    const { container } = parameters;
    const { rid } = await propertiesOf({ container, action: "set the throughput" }, context);
    const setting = await context.database.throughput.read(rid, context);
    const note = whyNot(parameters, setting);
    if (setting === undefined || note !== undefined) {
      if (parameters.during === "always") throw refused(parameters, note ?? "it has none of its own");
      context.log(`The throughput of "${container}" is left as it is: ${note}`);
      if (context.captured === undefined) await context.capture({ previous: null });
      return NO_DOCUMENT_WORK;
    }
    if (context.captured === undefined) {
      await context.capture({ previous: throughputToJson(fromPortThroughput(setting)) });
    }
    await reach(rid, { context, container, target: (found) => targetOf(parameters, found) });
    return NO_DOCUMENT_WORK;
  },
  conclude: async ({ parameters }, context) => {
    const { container, throughput, during } = parameters;
    const previous = isJsonObject(context.captured)
      ? throughputFromJson(context.captured["previous"])
      : undefined;
    if (during !== "migration" || previous === undefined) return;
    const found = await ifExists(() => context.database.container(container).properties(context));
    if (found === undefined) return;
    const target = (setting: ThroughputSetting) => isSame(setting, throughput) ? previous : undefined;
    await reach(found.rid, { context, container, target });
  },
  verify: async ({ parameters }, { database, signal }) => {
    const { container, throughput, during } = parameters;
    if (during === "migration") return [];
    const found = await ifExists(() => database.container(container).properties({ signal }));
    if (found === undefined) return [`The container "${container}" does not exist`];
    const setting = await database.throughput.read(found.rid, { signal });
    return setting !== undefined && isSame(setting, throughput) ? [] : [
      `The throughput of "${container}" is ${
        setting === undefined ? "not its own" : throughputInWords(fromPortThroughput(setting))
      } instead of ${throughputInWords(throughput)}`,
    ];
  },
};

/** Sets what `target` says until there is nothing to set; somebody else's change in between is looked at anew. */
async function reach(
  rid: string,
  { context, container, target }: {
    readonly context: StepContext;
    readonly container: string;
    target(setting: ThroughputSetting): ContainerThroughput | undefined;
  },
): Promise<void> {
  const { database, signal } = context;
  for (let conflicts = 0; conflicts <= MAX_CONFLICTS; conflicts++) {
    const setting = await database.throughput.read(rid, { signal });
    const wanted = setting && target(setting);
    if (setting === undefined || wanted === undefined) return;
    try {
      await database.throughput.replace(setting, { throughput: toPortThroughput(wanted), signal });
      return;
    } catch (error) {
      if (!(error instanceof CosmosError && error.status === 412)) throw error;
    }
  }
  throw new TemporaryError(
    `Cannot set the throughput of "${container}" as it keeps being changed by somebody else`,
    { hint: "Run the same command again" },
  );
}

/** What to set; `undefined` when there is nothing to do. */
function targetOf(
  { throughput, during, only }: SetThroughputParameters,
  setting: ThroughputSetting,
): ContainerThroughput | undefined {
  if (only !== undefined && !isSame(setting, only)) return undefined;
  if (isSame(setting, throughput)) return undefined;
  const isRaise = limitOf(throughput) > limitOf(fromPortThroughput(setting));
  return during === "migration" && !isRaise ? undefined : throughput;
}

function isSame(setting: ThroughputSetting, throughput: ContainerThroughput): boolean {
  return jsonEquals(throughputToJson(fromPortThroughput(setting)), throughputToJson(throughput));
}

/** Why the service would not take the setting. */
function whyNot(
  { throughput }: SetThroughputParameters,
  setting: ThroughputSetting | undefined,
): string | undefined {
  if (setting === undefined) {
    return "it has none of its own: its database shares it, or the account is serverless";
  }
  return setting.throughput.kind === toPortThroughput(throughput).kind
    ? undefined
    : `a change between manual and autoscale is a matter of the control plane: current value is ${
      throughputInWords(fromPortThroughput(setting))
    }`;
}

function refused({ container, throughput }: SetThroughputParameters, why: string): CosmigError {
  const kind = "ruPerSecond" in throughput ? "manual" : "autoscale";
  return new CosmigError("operation-refused", `Cannot set the throughput of "${container}" as ${why}`, {
    hint: `For a change of kind: az cosmosdb sql container throughput migrate --name ${container} ` +
      `--throughput-type ${kind}; otherwise leave the operation out`,
    details: { container },
  });
}
