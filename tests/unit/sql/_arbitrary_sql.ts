import fc from "fast-check";
import type { BinaryOperator, Expression, Query, UnaryOperator } from "../../../lib/sql/ast.ts";

const BINARY: readonly BinaryOperator[] = [
  ..."AND OR ?? || | ^ & = != < <= > >= << >> >>> + - * / %".split(" ") as BinaryOperator[],
];
const UNARY: readonly UnaryOperator[] = ["NOT", "-", "+", "~"];

const name = fc.constantFrom("c", "t", "items", "Rank", "first", "größe", "_x1");
const key = fc.oneof(name, fc.constantFrom("value", "a b", "", "__proto__", "ORDER", '"', "\n"));
const number = fc.oneof(fc.nat(), fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map(Math.abs));

/** Any syntax tree of an expression, and of a query, that text can be read as. Offsets are all 0. */
export const { expression, query } = fc.letrec<{ readonly expression: Expression; readonly query: Query }>(
  (tie) => ({
    expression: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.record({
        kind: fc.constant("literal"),
        value: fc.oneof(
          fc.constantFrom(null, true, false, undefined),
          number,
          fc.string(),
          fc.string({ unit: "binary" }),
        ),
        at: fc.constant(0),
      }),
      fc.record({ kind: fc.constant("identifier"), name, at: fc.constant(0) }),
      fc.record({
        kind: fc.constant("parameter"),
        name: name.map((text) => `@${text}`),
        at: fc.constant(0),
      }),
      fc.record({ kind: fc.constant("member"), object: tie("expression"), name, at: fc.constant(0) }),
      fc.record({
        kind: fc.constant("index"),
        object: tie("expression"),
        index: tie("expression"),
        at: fc.constant(0),
      }),
      fc.record({ kind: fc.constant("array"), items: list(tie("expression")), at: fc.constant(0) }),
      fc.record({
        kind: fc.constant("object"),
        members: list(fc.record({ name: key, value: tie("expression") })),
        at: fc.constant(0),
      }),
      fc.record({
        kind: fc.constant("call"),
        name: fc.constantFrom("ABS", "left", "Right", "IS_DEFINED", "count"),
        userDefined: fc.constant(false),
        arguments: list(tie("expression")),
        at: fc.constant(0),
      }),
      fc.record({
        kind: fc.constant("call"),
        name,
        userDefined: fc.constant(true),
        arguments: list(tie("expression")),
        at: fc.constant(0),
      }),
      fc.record({
        kind: fc.constant("unary"),
        operator: fc.constantFrom(...UNARY),
        operand: tie("expression"),
        at: fc.constant(0),
      }),
      fc.record({
        kind: fc.constant("binary"),
        operator: fc.constantFrom(...BINARY),
        left: tie("expression"),
        right: tie("expression"),
        at: fc.constant(0),
      }),
      fc.record({
        kind: fc.constant("conditional"),
        condition: tie("expression"),
        consequent: tie("expression"),
        alternative: tie("expression"),
        at: fc.constant(0),
      }),
      fc.record({
        kind: fc.constant("between"),
        negated: fc.boolean(),
        operand: tie("expression"),
        low: tie("expression"),
        high: tie("expression"),
        at: fc.constant(0),
      }),
      fc.record({
        kind: fc.constant("in"),
        negated: fc.boolean(),
        operand: tie("expression"),
        items: fc.array(tie("expression"), { minLength: 1, maxLength: 3 }),
        at: fc.constant(0),
      }),
      fc.record({
        kind: fc.constant("like"),
        negated: fc.boolean(),
        operand: tie("expression"),
        pattern: tie("expression"),
        escape: fc.constantFrom(undefined, "\\", '"', "^"),
        at: fc.constant(0),
      }),
      fc.record({
        kind: fc.constant("subquery"),
        form: fc.constantFrom("scalar", "exists", "array"),
        query: tie("query"),
        at: fc.constant(0),
      }),
    ) as fc.Arbitrary<Expression>,
    query: fc.record({
      distinct: fc.boolean(),
      top: fc.option(count(), { nil: undefined }),
      select: fc.oneof(
        fc.constant({ kind: "star" }),
        fc.record({ kind: fc.constant("value"), expression: tie("expression") }),
        fc.record({
          kind: fc.constant("list"),
          items: fc.array(
            fc.record({ expression: tie("expression"), alias: fc.option(name, { nil: undefined }) }),
            { minLength: 1, maxLength: 3 },
          ),
        }),
      ),
      sources: fc.array(source(tie("query")), { maxLength: 2 }),
      where: fc.option(tie("expression"), { nil: undefined }),
      groupBy: list(tie("expression")),
      orderBy: list(
        fc.record({ expression: tie("expression"), direction: fc.constantFrom(undefined, "ASC", "DESC") }),
      ),
      window: fc.option(fc.record({ offset: count(), limit: count() }), { nil: undefined }),
    }).map(({ window, ...rest }) => ({
      ...rest,
      offset: window?.offset,
      limit: window?.limit,
      at: 0,
    })) as unknown as fc.Arbitrary<Query>,
  }),
);

function list<Item>(item: fc.Arbitrary<Item>): fc.Arbitrary<Item[]> {
  return fc.array(item, { maxLength: 2 });
}

function count() {
  return fc.oneof(
    fc.record({ kind: fc.constant("literal"), value: fc.nat(), at: fc.constant(0) }),
    fc.record({ kind: fc.constant("parameter"), name: fc.constant("@n"), at: fc.constant(0) }),
  );
}

function source(subquery: fc.Arbitrary<unknown>) {
  const collection = fc.oneof(
    fc.record({
      kind: fc.constant("path"),
      root: name,
      path: fc.array(fc.oneof(key, fc.nat()), { maxLength: 2 }),
      at: fc.constant(0),
    }),
    fc.record({ kind: fc.constant("subquery"), query: subquery, at: fc.constant(0) }),
  );
  return fc.record({ collection, each: fc.boolean(), alias: name, at: fc.constant(0) });
}

/** A copy of a tree with every offset 0, so that trees can be compared. */
export function withoutOffsets<Node>(node: Node): Node {
  if (Array.isArray(node)) return node.map(withoutOffsets) as Node;
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([name, value]) => [name, name === "at" ? 0 : withoutOffsets(value)]),
  ) as Node;
}
