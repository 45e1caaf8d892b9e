import type { Count, Expression, ObjectMember } from "./ast.ts";

/** A number for TOP, OFFSET or LIMIT. */
export function count(value: number): Count {
  return { kind: "literal", value, at: 0 };
}

export function identifier(name: string): Expression {
  return { kind: "identifier", name, at: 0 };
}

export function array(items: readonly Expression[]): Expression {
  return { kind: "array", items, at: 0 };
}

export function object(members: readonly ObjectMember[]): Expression {
  return { kind: "object", members, at: 0 };
}
