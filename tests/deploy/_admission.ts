import type { IMutatingAdmissionPolicy } from "kubernetes-models/admissionregistration.k8s.io/v1/MutatingAdmissionPolicy";
import type { IValidatingAdmissionPolicy } from "kubernetes-models/admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy";
import type { IPod } from "kubernetes-models/v1/Pod";
import { type CelNames, evaluateCel } from "./_cel.ts";

/** An operation of RFC 6902. */
export interface PatchOperation {
  readonly op: string;
  readonly path: string;
  readonly value?: unknown;
}

/** What a mutating policy does to a pod: `undefined` when it does not match. @throws {Error} where an expression fails, which refuses the pod */
export function mutate(policy: IMutatingAdmissionPolicy, pod: IPod, params: unknown): IPod | undefined {
  const names = { object: pod, params };
  const { spec } = policy;
  if (!matches(spec?.matchConditions, names)) return undefined;
  const variables = evaluateVariables(spec?.variables, names);
  return (spec?.mutations ?? []).reduce<IPod>((current, { jsonPatch }) => {
    const patch = evaluateCel(jsonPatch?.expression ?? "", { ...names, object: current, variables });
    return (patch as PatchOperation[]).reduce(applyAdd, structuredClone(current));
  }, pod);
}

/** The messages with which a validating policy refuses a pod. */
export function refusals(policy: IValidatingAdmissionPolicy, pod: IPod): string[] {
  const names = { object: pod };
  const { spec } = policy;
  if (!matches(spec?.matchConditions, names)) return [];
  const withVariables = { ...names, variables: evaluateVariables(spec?.variables, names) };
  return (spec?.validations ?? []).filter(({ expression }) => evaluateCel(expression, withVariables) !== true)
    .map(
      ({ message, messageExpression }) =>
        messageExpression === undefined
          ? message ?? ""
          : String(evaluateCel(messageExpression, withVariables)),
    );
}

interface Named {
  readonly name: string;
  readonly expression: string;
}

function matches(conditions: readonly Named[] | undefined, names: CelNames): boolean {
  return (conditions ?? []).every(({ expression }) => evaluateCel(expression, names) === true);
}

/** In order: each may use those before it. */
function evaluateVariables(list: readonly Named[] | undefined, names: CelNames): Record<string, unknown> {
  const variables: Record<string, unknown> = {};
  for (const { name, expression } of list ?? []) {
    variables[name] = evaluateCel(expression, { ...names, variables });
  }
  return variables;
}

/** The one operation that the policy uses; into a list it inserts. */
function applyAdd(pod: IPod, { op, path, value }: PatchOperation): IPod {
  if (op !== "add") throw new Error(`the operation ${op} is not expected`);
  const keys = path.split("/").slice(1);
  const last = keys.pop() ?? "";
  const parent = keys.reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], pod);
  if (Array.isArray(parent)) {
    const index = last === "-" ? parent.length : Number(last);
    if (!(index >= 0 && index <= parent.length)) throw new Error(`the index in ${path} is out of bounds`);
    parent.splice(index, 0, value);
  } else if (typeof parent === "object" && parent !== null) (parent as Record<string, unknown>)[last] = value;
  else throw new Error(`nothing is at ${path}`);
  return pod;
}
