import { isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { messageOf } from "../base/errors.ts";
import { type BoundQuery, type CompiledQuery, compileQuery, queryPlan } from "../sql/mod.ts";
import { badRequest, GatewayError } from "./gateway_error.ts";

const MAX_CACHED = 500;

/** What a query runs with. */
export interface QueryInput {
  readonly parameters?: Readonly<Record<string, JsonValue>>;
  readonly nowMs: number;
}

/** Compiles queries once for each text. Everything that is wrong with a query is a GatewayError (400). */
export class QueryEngine {
  readonly #compiled = new Map<string, CompiledQuery>();

  /** @throws GatewayError (400) for a query that is wrong or not supported */
  compile(text: string): CompiledQuery {
    const known = this.#compiled.get(text);
    if (known !== undefined) return known;
    const compiled = orBadRequest(() => compileQuery(text));
    if (this.#compiled.size >= MAX_CACHED) this.#compiled.delete(this.#compiled.keys().next().value!);
    this.#compiled.set(text, compiled);
    return compiled;
  }

  /** Puts the parameters of a request into a query. @throws GatewayError (400) */
  bind(query: CompiledQuery, input: QueryInput): BoundQuery {
    return orBadRequest(() => query.bind(input));
  }

  /** What clients need to run a query over several physical partitions. @throws GatewayError (400) */
  plan(query: CompiledQuery, input: QueryInput): JsonObject {
    return orBadRequest(() => queryPlan(query, input));
  }

  /** All rows of a query over few documents, such as the list of containers. */
  rows(
    body: JsonObject,
    input: { readonly documents: Iterable<JsonObject>; readonly nowMs: number },
  ): readonly JsonValue[] {
    const { text, parameters } = parseQueryBody(body);
    const query = this.bind(this.compile(text), { parameters, nowMs: input.nowMs });
    return orBadRequest(() => query.execute(input.documents));
  }

  /** Whether a document fulfils the condition of a patch, `FROM c WHERE …`. */
  matches(condition: string, input: { readonly document: JsonObject; readonly nowMs: number }): boolean {
    if (!/^\s*from\b/i.test(condition)) {
      throw badRequest("The condition of a patch must have the form FROM c WHERE …");
    }
    const query = this.bind(this.compile(`SELECT VALUE true ${condition}`), { nowMs: input.nowMs });
    return orBadRequest(() => query.matches(input.document));
  }
}

/** The text and the parameters in the body of a query. @throws GatewayError (400) */
export function parseQueryBody(
  body: JsonObject,
): { readonly text: string; readonly parameters: Readonly<Record<string, JsonValue>> } {
  const { query, parameters = [] } = body;
  if (typeof query !== "string") throw badRequest("The query must be text");
  if (!Array.isArray(parameters)) throw badRequest("The parameters of a query must be a list");
  const values: Record<string, JsonValue> = {};
  for (const parameter of parameters) {
    if (!isJsonObject(parameter) || typeof parameter.name !== "string") {
      throw badRequest("Each parameter of a query must have a name");
    }
    if (parameter.value !== undefined) values[parameter.name] = parameter.value;
  }
  return { text: query, parameters: values };
}

/** Runs work of the query language, whose errors are the fault of the request. */
export function orBadRequest<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    throw badRequest(messageOf(error));
  }
}
