import type { Database } from "../cosmos/sdk_database.ts";
import type { JsonValue } from "../base/json.ts";
import type { RunContext, RunOperation } from "../definition/run.ts";
import { NO_DOCUMENT_WORK } from "./_container_settings.ts";
import type { OperationHandler, StepContext } from "./handler.ts";

/** Runs code of the user. */
export const runHandler: OperationHandler<RunOperation> = {
  kind: "run",
  estimate: () =>
    Promise.resolve({
      documents: undefined,
      requestUnits: undefined,
      notes: ["code of its own, not estimated"],
    }),
  apply: async ({ parameters }, context) => {
    const { signal } = context;
    signal.throwIfAborted();
    const stopped = Promise.withResolvers<never>();
    const stop = () => stopped.reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    try {
      // Code that does not listen to the signal must not keep the process from stopping; its writes are refused from then on.
      await Promise.race([stopped.promise, parameters.execute(runContext(context))]);
    } finally {
      signal.removeEventListener("abort", stop);
    }
    return NO_DOCUMENT_WORK;
  },
  verify: () => Promise.resolve([]),
};

function runContext(context: StepContext): RunContext {
  return {
    get database() {
      return context.sdkDatabase() as Database;
    },
    signal: context.signal,
    log: (message) => context.log(message),
    once: async <Value extends JsonValue | void>(name: string, action: () => Promise<Value>) =>
      await context.once(name, action) as Value,
  };
}
