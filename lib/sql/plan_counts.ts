import type { Query } from "./ast.ts";
import { count } from "./build_ast.ts";

/** TOP, OFFSET and LIMIT with parameters in place. */
export interface Counts {
  readonly top: number | undefined;
  readonly offset: number | undefined;
  readonly limit: number | undefined;
}

/** The query without TOP, OFFSET and LIMIT. */
export function withoutCounts(query: Query): Query {
  return { ...query, top: undefined, offset: undefined, limit: undefined };
}

/** Each range has to give the rows that OFFSET skips too, since they may come from any of them. */
export function windowFromStart({ offset, limit }: Counts): Pick<Query, "offset" | "limit"> {
  if (offset === undefined || limit === undefined) return { offset: undefined, limit: undefined };
  return { offset: count(0), limit: count(offset + limit) };
}
