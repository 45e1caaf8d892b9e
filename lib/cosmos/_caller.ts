import type { Clock } from "../base/clock.ts";
import { CosmosError } from "../base/errors.ts";
import { exponentialBackoff, retry } from "../base/retry.ts";
import type { Gateway, GatewayRequest } from "./_gateway.ts";
import type { Answer, Outcome } from "./_outcome.ts";
import { databaseResource, type Resource } from "./_resource.ts";
import type { ResourceNames } from "./hints.ts";
import { isOwnerMissing, toCosmosError } from "./to_cosmos_error.ts";

/** What a caller works with. */
export interface CallerOptions {
  readonly gateway: Gateway;
  readonly names: ResourceNames;
  readonly clock: Clock;
  readonly random: () => number;
  readonly patienceMs: number;
}

/** A request and what it is about. */
export interface Call {
  readonly request: GatewayRequest;
  /** In words, for errors. */
  readonly operation: string;
  readonly isWrite?: boolean;
  readonly container?: string | undefined;
  /** The status of a 404 that the caller can use as an answer. */
  readonly accepts404?: boolean;
}

/** Sends requests whose failures are exceptions, once or with patience. */
export class Caller {
  readonly #options: CallerOptions;

  constructor(options: CallerOptions) {
    this.#options = options;
  }

  /** See {@linkcode Gateway.forgetSession}. */
  forgetSession(container: Resource): void {
    this.#options.gateway.forgetSession(container);
  }

  /**
   * @throws {CosmosError} for every answer that is not a success
   * @throws the abort reason of the request's signal
   */
  async once(call: Call): Promise<Answer> {
    const outcome = await this.#options.gateway.send(call.request);
    if (outcome.kind === "answered") {
      const { answer } = outcome;
      if (answer.status < 400) return answer;
      if (answer.status === 404 && call.accepts404 && !isOwnerMissing(answer)) return answer;
    } else if (outcome.cause === "aborted") throw call.request.signal?.reason;
    throw await this.#error(outcome, call);
  }

  /**
   * Repeats what is worth it until the patience is over. When a write is refused after an attempt whose outcome is not known, the refusal may be the
   * echo of our own success: then `lookAgain` decides, and what it does not recognise is thrown.
   */
  async patiently(
    call: Call,
    lookAgain?: (refusal: CosmosError) => Promise<Answer | undefined>,
  ): Promise<Answer> {
    const { clock, random, patienceMs } = this.#options;
    const strategy = exponentialBackoff({
      random,
      isTemporary: (error) => error instanceof CosmosError && error.failure.retryable,
      retryAfterMs: (error) => error instanceof CosmosError ? error.failure.retryAfterMs : undefined,
    });
    let inDoubt = false;
    const attempt = async () => {
      try {
        return await this.once(call);
      } catch (error) {
        if (!(error instanceof CosmosError)) throw error;
        const known = inDoubt && !error.failure.retryable ? await lookAgain?.(error) : undefined;
        inDoubt ||= error.failure.ambiguous;
        if (known === undefined) throw error;
        return known;
      }
    };
    return await retry(attempt, { strategy, clock, patienceMs, signal: call.request.signal });
  }

  /** What a 404 with an unknown owner means; asks the service. */
  async findMissing(signal: AbortSignal | undefined): Promise<"database" | "container"> {
    const { gateway, names } = this.#options;
    const resource = databaseResource(names.database);
    const outcome = await gateway.send({ resource, action: { kind: "read" }, signal });
    return outcome.kind === "answered" && outcome.answer.status === 404 ? "database" : "container";
  }

  async #error(outcome: Outcome, { operation, isWrite = false, container, request }: Call) {
    const names = { ...this.#options.names, container };
    const isMissing = outcome.kind === "answered" && outcome.answer.status === 404;
    const found = isMissing ? await this.findMissing(request.signal) : undefined;
    const missing = found === "container" && container === undefined ? undefined : found;
    return toCosmosError(outcome, { operation, isWrite, names, missing });
  }
}
