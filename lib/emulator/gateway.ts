import { messageOf } from "../base/errors.ts";
import { sleep } from "../base/clock.ts";
import { authorize, type Credentials } from "./authorization.ts";
import { refusalCharge } from "./charges.ts";
import type { GatewayContext } from "./context.ts";
import { type Fault, refusalOf } from "./fault.ts";
import type { FaultRules } from "./fault_rules.ts";
import { badRequest, GatewayError } from "./gateway_error.ts";
import type { Delivery, IncomingRequest, SentAnswer } from "./exchange.ts";
import type { HookSet } from "./hooks.ts";
import { type Answer, type GatewayRequest, refusalAnswer } from "./message.ts";
import { observe, type ObservedRequest } from "./observed_request.ts";
import type { RequestLog } from "./request_log.ts";
import { type Route, routeOf } from "./route.ts";
import { handlerOf } from "./router.ts";

interface GatewayOptions {
  readonly context: GatewayContext;
  readonly credentials: Credentials;
  readonly rules: FaultRules;
  readonly hooks: HookSet;
  readonly log: RequestLog;
  /** Before each request is looked at. */
  readonly latencyMs: number;
}

/** Takes requests and says how to answer them: counts, delays, faults, authorisation, handler, hooks, in this order. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #closing = new AbortController();

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  /** Ends all waiting. */
  close(): void {
    this.#closing.abort();
  }

  /** Never throws; what goes wrong is an answer. */
  async deliver(incoming: IncomingRequest): Promise<Delivery> {
    const n = this.#options.log.next();
    const routing = tryRoute(incoming);
    const observed = observe(incoming, { n, route: routing.route });
    const outcome = await this.#decide(observed, routing)
      .catch((error): Outcome => ({ kind: "answer", answer: this.#refuse(error) }));
    const answer = "answer" in outcome ? outcome.answer : undefined;
    this.#options.log.add({
      n,
      method: observed.method,
      path: observed.path,
      resource: observed.resource,
      operation: observed.operation,
      status: outcome.kind === "answer" ? outcome.answer.status : 0,
      substatus: answer?.substatus ?? 0,
      charge: answer?.charge ?? 0,
    });
    if (outcome.kind === "hang" || outcome.kind === "drop") return { kind: outcome.kind };
    const sent = this.#complete(outcome.answer, observed);
    if (outcome.kind === "truncated") return { kind: "truncated", answer: sent };
    return {
      kind: "answer",
      answer: sent,
      whenSent: () => this.#options.hooks.afterAnswer(observed, outcome.answer),
    };
  }

  async #decide(
    observed: ObservedRequest,
    { route, refusal }: Routing,
  ): Promise<Outcome> {
    const { hooks, latencyMs, rules } = this.#options;
    if (latencyMs > 0) await this.#wait(latencyMs);
    const decision = rules.decide(observed);
    const fault = await hooks.before(observed) ?? decision?.fault;
    const early = fault && await this.#failEarly(fault);
    if (early !== undefined) return early;
    if (route === undefined) throw refusal ?? badRequest("The path is invalid");

    const answer = this.#handle(observed, route, {
      text: observed.body,
      operationFaults: fault?.kind === "operation-answer"
        ? { fault, random: decision?.random ?? (() => 0) }
        : undefined,
    });
    const late = await hooks.afterCommit(observed, answer) ?? fault;
    return lateFailure(late, answer) ?? { kind: "answer", answer };
  }

  #wait(ms: number): Promise<void> {
    return sleep(this.#options.context.clock, { ms, signal: this.#closing.signal });
  }

  async #failEarly(fault: Fault): Promise<Outcome | undefined> {
    switch (fault.kind) {
      case "answer":
        return { kind: "answer", answer: this.#refuse(refusalOf(fault)) };
      case "hang":
        return { kind: "hang" };
      case "delay":
        await this.#wait(fault.delayMs);
        return undefined;
      case "drop":
        return fault.moment === "before-commit" ? { kind: "drop" } : undefined;
      default:
        return undefined;
    }
  }

  /** Synchronous: the request takes effect here, at once or not at all. */
  #handle(
    observed: ObservedRequest,
    route: Route,
    details: Pick<GatewayRequest, "text" | "operationFaults">,
  ): Answer {
    const { context, credentials } = this.#options;
    const request: GatewayRequest = { method: observed.method, route, headers: observed.headers, ...details };
    try {
      authorize(request, { credentials, nowMs: context.clock.base.wallMs() });
      const answer = handlerOf(route)(request, context);
      if (answer.range !== undefined) context.throttle?.spend(answer.range, answer.charge);
      return answer;
    } catch (error) {
      return this.#refuse(error);
    }
  }

  #refuse(error: unknown): Answer {
    const refusal = error instanceof GatewayError
      ? error
      : new GatewayError(500, `The emulator failed: ${messageOf(error)}`);
    return refusalAnswer(refusal, refusalCharge(refusal.status));
  }

  #complete(answer: Answer, observed: ObservedRequest): SentAnswer {
    const { context } = this.#options;
    const database = context.account.database(observed.database ?? "");
    const container = database?.container(observed.container ?? "");
    return {
      status: answer.status,
      text: answer.text,
      headers: {
        ...answer.text !== "" && { "content-type": "application/json" },
        date: new Date(context.clock.wallMs()).toUTCString(),
        "x-ms-activity-id": `00000000-0000-4000-8000-${observed.n.toString(16).padStart(12, "0")}`,
        "x-ms-request-charge": String(answer.charge),
        ...answer.substatus && { "x-ms-substatus": String(answer.substatus) },
        ...container && database && {
          "x-ms-content-path": container.rid,
          "x-ms-alt-content-path": `dbs/${encodeURIComponent(database.id)}/colls/${
            encodeURIComponent(container.id)
          }`,
        },
        ...answer.headers,
      },
    };
  }
}

/** A decision before headers are added; a dropped answer is kept for the log, since it was charged. */
type Outcome =
  | { readonly kind: "answer" | "truncated"; readonly answer: Answer }
  | { readonly kind: "drop"; readonly answer?: Answer }
  | { readonly kind: "hang" };

function lateFailure(fault: Fault | undefined, answer: Answer): Outcome | undefined {
  if (fault?.kind === "drop" && fault.moment === "after-commit") return { kind: "drop", answer };
  return fault?.kind === "truncate" ? { kind: "truncated", answer } : undefined;
}

/** What a request is about, or why it is about nothing. */
interface Routing {
  readonly route?: Route;
  readonly refusal?: GatewayError;
}

function tryRoute({ method, target, headers, unreadable }: IncomingRequest): Routing {
  if (unreadable === "too-large") return { refusal: new GatewayError(413, "Request size is too large") };
  if (unreadable !== undefined) return { refusal: badRequest("The request body is not valid UTF-8") };
  try {
    return { route: routeOf(method, target, headers) };
  } catch (error) {
    return { refusal: error instanceof GatewayError ? error : badRequest("The path is invalid") };
  }
}
