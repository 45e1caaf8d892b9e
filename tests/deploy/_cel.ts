import {
  celEnv,
  type CelInput,
  celMap,
  type CelValue,
  isCelError,
  isCelList,
  isCelMap,
  parse,
  plan,
} from "@bufbuild/cel";
import { strings } from "@bufbuild/cel/ext";

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Expr = ReturnType<typeof parse>["expr"];

/** What an admission policy may name: `object`, `params`, `variables` … */
export type CelNames = Readonly<Record<string, unknown>>;

/**
 * Evaluates an expression of an admission policy. Typed literals (`Object.spec.containers{…}`, `JSONPatch{…}`) become maps; their field names are the
 * caller's business. Parser and evaluation are those of an implementation that passes the conformance tests of CEL; cost limits and static types of the API
 * server are not checked here.
 *
 * @throws {Error} where the expression has no value, such as a field that is not there
 */
export function evaluateCel(expression: string, names: CelNames): unknown {
  const parsed = parse(expression);
  withoutTypes(parsed.expr);
  const bindings = Object.fromEntries(
    Object.entries(names).map(([name, value]) => [name, toCel(value as Json)]),
  );
  const result = plan(celEnv({ funcs: strings }), parsed)(bindings);
  if (isCelError(result)) throw new Error(`${expression}: ${result.message}`);
  return fromCel(result);
}

/** The names of the typed literals in an expression, each with its fields. */
export function typedLiterals(
  expression: string,
): { readonly type: string; readonly fields: readonly string[] }[] {
  const found: { type: string; fields: string[] }[] = [];
  visit(parse(expression).expr, (expr) => {
    const { exprKind } = expr;
    if (exprKind.case !== "structExpr" || exprKind.value.messageName === "") return;
    found.push({
      type: exprKind.value.messageName,
      fields: exprKind.value.entries.map(({ keyKind }) => String(keyKind.value)),
    });
  });
  return found;
}

function withoutTypes(expr: Expr): void {
  visit(expr, ({ exprKind }) => {
    if (exprKind.case !== "structExpr") return;
    exprKind.value.messageName = "";
    for (const entry of exprKind.value.entries) {
      if (entry.keyKind.case !== "fieldKey") continue;
      entry.keyKind = { case: "mapKey", value: parse(JSON.stringify(entry.keyKind.value)).expr };
    }
  });
}

/** Calls `act` for an expression and every one in it. They are messages of protobuf; only expressions have an `exprKind`. */
function visit(node: unknown, act: (expr: Expr) => void): void {
  if (typeof node !== "object" || node === null) return;
  if (Array.isArray(node)) { for (const element of node) visit(element, act); }
  else {
    if ("exprKind" in node) act(node as Expr);
    for (const value of Object.values(node)) visit(value, act);
  }
}

/** Whole numbers are `int` in CEL. */
function toCel(value: Json): CelInput {
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(toCel);
  if (typeof value !== "object" || value === null) return value as CelInput;
  return celMap(
    new Map(
      Object.entries(value).filter(([, field]) => field !== undefined).map((
        [key, field],
      ) => [key, toCel(field)]),
    ),
  );
}

function fromCel(value: CelValue): unknown {
  if (typeof value === "bigint") return Number(value);
  if (isCelList(value)) return [...value].map(fromCel);
  if (isCelMap(value)) {
    return Object.fromEntries([...value].map(([key, field]) => [String(key), fromCel(field)]));
  }
  return value;
}
