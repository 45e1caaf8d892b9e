import type { QueryOptions } from "../query_options.ts";
import type { CompileContext } from "./context.ts";
import type { Row } from "./row.ts";

/** Makes a row with parameters. @throws {SqlSyntaxError} when something that the query needs is missing */
export function createRow(context: CompileContext, { parameters = {}, nowMs }: QueryOptions): Row {
  const values = [...context.parameters].map(([name, { at }]) => {
    const key = [name, name.slice(1)].find((candidate) => Object.hasOwn(parameters, candidate));
    return key === undefined ? context.fail(at, "each parameter needs a value", name) : parameters[key];
  });
  const { clockUse } = context;
  if (clockUse !== undefined && nowMs === undefined) {
    context.fail(clockUse.at, "the current time must be given to the run", clockUse.name);
  }
  return { slots: new Array(context.slotCount).fill(undefined), parameters: values, nowMs };
}
