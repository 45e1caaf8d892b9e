import type { SetDefaultTtlOperation } from "../definition/default_ttl.ts";
import { ttlToProperty } from "../definition/default_ttl.ts";
import {
  applySettings,
  estimateSettings,
  type SettingsChange,
  verifySettings,
} from "./_container_settings.ts";
import type { OperationHandler } from "./handler.ts";

/** Sets how long documents live. */
export const setDefaultTtlHandler: OperationHandler<SetDefaultTtlOperation> = {
  kind: "setDefaultTtl",
  estimate: ({ parameters }, context) => {
    const { seconds } = parameters;
    const notes = typeof seconds === "number"
      ? [
        `documents that were last written more than ${seconds} s ago, and have no ttl of their own, expire at once`,
      ]
      : [];
    return estimateSettings(changeOf({ parameters }), { ...context, notes });
  },
  apply: (operation, context) => applySettings(changeOf(operation), context),
  verify: (operation, context) => verifySettings(changeOf(operation), context),
};

function changeOf({ parameters }: Pick<SetDefaultTtlOperation, "parameters">): SettingsChange {
  const wanted = ttlToProperty(parameters.seconds);
  return {
    container: parameters.container,
    action: "set the default TTL",
    note: ({ defaultTtl }) => ({ previous: defaultTtl ?? null }),
    change: ({ defaultTtl, ...definition }) => {
      // Some endpoints write "off" as null.
      if ((defaultTtl ?? undefined) === wanted) return undefined;
      return wanted === undefined ? definition : { ...definition, defaultTtl: wanted };
    },
  };
}
