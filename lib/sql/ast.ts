/**
 * The syntax tree of Cosmos DB for NoSQL SQL. Every expression carries `at`, its offset in the text, for error messages only: two trees that
 * differ in `at` alone mean the same.
 */

/** Operators between two operands, without those that have a form of their own (BETWEEN, IN, LIKE, `? :`). */
export type BinaryOperator =
  | "AND"
  | "OR"
  | "??"
  | "||"
  | "|"
  | "^"
  | "&"
  | "="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "<<"
  | ">>"
  | ">>>"
  | "+"
  | "-"
  | "*"
  | "/"
  | "%";

export type UnaryOperator = "NOT" | "-" | "+" | "~";

/** A literal of SQL; `undefined` is one. */
export type LiteralValue = null | boolean | number | string | undefined;

export type Literal = { readonly kind: "literal"; readonly value: LiteralValue; readonly at: number };
/** `@name`, with the `@`. */
export type Parameter = { readonly kind: "parameter"; readonly name: string; readonly at: number };
export type Identifier = { readonly kind: "identifier"; readonly name: string; readonly at: number };
export type Call = {
  readonly kind: "call";
  /** As written. */
  readonly name: string;
  /** `udf.name(…)`. */
  readonly userDefined: boolean;
  readonly arguments: readonly Expression[];
  readonly at: number;
};
export type Subquery = {
  readonly kind: "subquery";
  readonly form: "scalar" | "exists" | "array";
  readonly query: Query;
  readonly at: number;
};

export type Expression =
  | Literal
  | Parameter
  | Identifier
  | Call
  | Subquery
  | { readonly kind: "member"; readonly object: Expression; readonly name: string; readonly at: number }
  | { readonly kind: "index"; readonly object: Expression; readonly index: Expression; readonly at: number }
  | { readonly kind: "array"; readonly items: readonly Expression[]; readonly at: number }
  | { readonly kind: "object"; readonly members: readonly ObjectMember[]; readonly at: number }
  | {
    readonly kind: "unary";
    readonly operator: UnaryOperator;
    readonly operand: Expression;
    readonly at: number;
  }
  | {
    readonly kind: "binary";
    readonly operator: BinaryOperator;
    readonly left: Expression;
    readonly right: Expression;
    readonly at: number;
  }
  | {
    readonly kind: "conditional";
    readonly condition: Expression;
    readonly consequent: Expression;
    readonly alternative: Expression;
    readonly at: number;
  }
  | {
    readonly kind: "between";
    readonly negated: boolean;
    readonly operand: Expression;
    readonly low: Expression;
    readonly high: Expression;
    readonly at: number;
  }
  | {
    readonly kind: "in";
    readonly negated: boolean;
    readonly operand: Expression;
    readonly items: readonly Expression[];
    readonly at: number;
  }
  | {
    readonly kind: "like";
    readonly negated: boolean;
    readonly operand: Expression;
    readonly pattern: Expression;
    /** One character. */
    readonly escape: string | undefined;
    readonly at: number;
  };

/** `"name": value` of an object literal. */
export interface ObjectMember {
  readonly name: string;
  readonly value: Expression;
}

/** The number of TOP, OFFSET and LIMIT. */
export type Count = (Literal & { readonly value: number }) | Parameter;

export interface SelectItem {
  readonly expression: Expression;
  readonly alias: string | undefined;
}

export type Select =
  | { readonly kind: "star" }
  | { readonly kind: "value"; readonly expression: Expression }
  | { readonly kind: "list"; readonly items: readonly SelectItem[] };

/** What a source of FROM reads. */
export type Collection =
  | {
    readonly kind: "path";
    readonly root: string;
    readonly path: readonly (string | number)[];
    readonly at: number;
  }
  | { readonly kind: "subquery"; readonly query: Query; readonly at: number };

/** One source of FROM or JOIN. `each`: the elements of the arrays that the collection holds (`alias IN collection`). */
export interface Source {
  readonly collection: Collection;
  readonly each: boolean;
  readonly alias: string | undefined;
  readonly at: number;
}

export interface OrderKey {
  readonly expression: Expression;
  /** `undefined` when neither ASC nor DESC is written. */
  readonly direction: "ASC" | "DESC" | undefined;
}

export interface Query {
  readonly distinct: boolean;
  readonly top: Count | undefined;
  readonly select: Select;
  /** FROM first, then each JOIN; empty without FROM. */
  readonly sources: readonly Source[];
  readonly where: Expression | undefined;
  readonly groupBy: readonly Expression[];
  readonly orderBy: readonly OrderKey[];
  readonly offset: Count | undefined;
  readonly limit: Count | undefined;
  readonly at: number;
}
